using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Agreements;

/// <summary>As consumer: a person's answers to counter-offers. Each is durable, with the word it owes, before the owner is told.</summary>
internal sealed class AgreementAnswers(
    AgreementStore agreements, AgreementIndex index, AgreementDelivery delivery, AgreementSignatures signatures, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Signs the owner's counter-offer. In force it is once the owner has signed it too, which an owner's node does as it hears of this.</summary>
    /// <param name="abbreviated">Its id or the beginning of it.</param>
    /// <param name="round">The counter-offer that was read; 0 for the newest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>FINALIZED, or ACCEPTED when the owner could not be reached.</returns>
    public async Task<AgreementRecord> AcceptAsync(string abbreviated, int round, CancellationToken cancellationToken)
    {
        var id = index.Resolve(abbreviated);
        await agreements.ChangeAsync(id, (_, stored) => AcceptanceOf(RequireOwn(stored!), round), cancellationToken).ConfigureAwait(false);
        if (await delivery.DeliverAsync(id, cancellationToken).ConfigureAwait(false) is { Reason.Kind: not (ErrorKind.Unreachable or ErrorKind.Failed) } refusal)
        {
            throw refusal;
        }

        return agreements.Find(id)!;
    }

    /// <summary>Says no to the owner's counter-offer.</summary>
    /// <param name="abbreviated">Its id or the beginning of it.</param>
    /// <param name="note">Words for the owner.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<AgreementRecord> DeclineAsync(string abbreviated, string note, CancellationToken cancellationToken)
    {
        AgreementDecisions.RequireNote(note);
        var id = index.Resolve(abbreviated);
        var declined = (await agreements.ChangeAsync(id, (_, stored) =>
        {
            var now = time.GetUtcNow();
            var standing = RequireOwn(stored!).At(now);
            return AgreementLifecycle.Apply(standing, AgreementEvent.Decline) == standing
                ? null
                : AgreementChange.Of(stored!.Agreement, standing, [AgreementEvent.Decline], note, now, owed: true);
        }, cancellationToken).ConfigureAwait(false))!;
        await delivery.DeliverAsync(id, cancellationToken).ConfigureAwait(false);
        return declined;
    }

    private AgreementChange? AcceptanceOf(AgreementRecord stored, int round)
    {
        var now = time.GetUtcNow();
        var standing = stored.At(now);
        if (AgreementLifecycle.Apply(standing, AgreementEvent.Accept) == standing)
        {
            return null;
        }

        if (round != 0 && round != standing.Round)
        {
            throw Reasons.AgreementTermsChanged.Because(
                $"The owner's newest counter-offer is that of round {standing.Round}.", "Read it with `exchange agreement show`, then accept or reject it.");
        }

        var next = stored.Agreement.Clone();
        next.RequestHash = stored.RequestHash;
        next.ConsumerSigned = signatures.Sign(stored.Agreement.Countered.Payload);
        if (stored.Terms.Provider != identity.ParticipantId)
        {
            return AgreementChange.Of(next, standing, [AgreementEvent.Accept], null, now, owed: true);
        }

        next.ProviderSigned = signatures.Sign(next.ConsumerSigned.Payload);
        return AgreementChange.Of(next, standing, [AgreementEvent.Accept, AgreementEvent.Approve], null, now, owed: false);
    }

    private AgreementRecord RequireOwn(AgreementRecord stored) => stored.Terms.Consumer == identity.ParticipantId
        ? stored
        : throw Reasons.NotAgreementConsumer.Because(
            "This participant is the owner of the data: only the consumer answers a counter-offer.", $"Wait for {stored.Terms.Consumer}.");
}
