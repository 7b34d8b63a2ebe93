using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Agreements;

/// <summary>As owner: a person's decisions about agreements. Each is durable before the consumer is told.</summary>
internal sealed class AgreementDecisions(
    AgreementStore agreements, AgreementIndex index, AgreementNotices notices, AgreementSignatures signatures, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Signs a requested agreement.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> ApproveAsync(string id, CancellationToken cancellationToken) =>
        DecideAsync(id, AgreementEvent.Approve, null, cancellationToken);

    /// <summary>Says no to a requested agreement.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="note">Words for the consumer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> RejectAsync(string id, string note, CancellationToken cancellationToken) =>
        DecideAsync(id, AgreementEvent.Reject, note, cancellationToken);

    /// <summary>Takes back an agreement in force; when this returns, the next fragment under it is refused.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="note">Words for the consumer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> RevokeAsync(string id, string note, CancellationToken cancellationToken) =>
        DecideAsync(id, AgreementEvent.Revoke, note, cancellationToken);

    private async Task<AgreementRecord> DecideAsync(string abbreviated, AgreementEvent decision, string? note, CancellationToken cancellationToken)
    {
        if (note?.Length > AgreementFollowing.NoteCharactersMax)
        {
            throw Reasons.InvalidRequest.Because($"A note has at most {AgreementFollowing.NoteCharactersMax} characters.", "Shorten it.");
        }

        var id = index.Resolve(abbreviated);
        var decided = (await agreements.ChangeAsync(id, (_, stored) => ChangeOf(stored!, decision, note), cancellationToken).ConfigureAwait(false))!;
        await notices.TellAsync(decided, cancellationToken).ConfigureAwait(false);
        return decided;
    }

    private AgreementChange? ChangeOf(AgreementRecord stored, AgreementEvent decision, string? note)
    {
        if (stored.Terms.Provider != identity.ParticipantId)
        {
            throw Reasons.NotAgreementOwner.Because(
                "This participant is the consumer of the agreement: only the owner of the data decides about it.", $"Ask {stored.Terms.Provider}.");
        }

        var now = time.GetUtcNow();
        var standing = stored.At(now);
        if (AgreementLifecycle.Apply(standing, decision) == standing)
        {
            return null;
        }

        var next = stored.Agreement.Clone();
        if (decision == AgreementEvent.Approve)
        {
            next.ProviderSigned = signatures.Sign(next.ConsumerSigned.Payload);
        }

        // One who is both owner and consumer holds a single record and needs no telling.
        return AgreementChange.Of(next, standing, [decision], note, now, unsent: stored.Terms.Consumer != identity.ParticipantId);
    }
}
