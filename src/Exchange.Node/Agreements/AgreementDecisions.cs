using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Node.Agreements;

/// <summary>As owner: a person's decisions about agreements. Each is durable, with the notice it owes, before the consumer is told.</summary>
internal sealed class AgreementDecisions(
    AgreementStore agreements, AgreementIndex index, AgreementDelivery delivery, AgreementSignatures signatures, OfferStore offers, OfferListing listing,
    RegisterCache register, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Signs a requested agreement.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> ApproveAsync(string id, CancellationToken cancellationToken) => DecideAsync(id, stored =>
    {
        var next = stored.Agreement.Clone();
        next.ProviderSigned = signatures.Sign(next.ConsumerSigned.Payload);
        return ChangeOf(stored, next, AgreementEvent.Approve, null);
    }, cancellationToken);

    /// <summary>
    /// Answers a requested agreement with other terms, or with others again. They are signed as what they are: the agreement
    /// itself this owner signs once the consumer has.
    /// </summary>
    /// <param name="request">Which offer and period.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> CounterAsync(CounterAgreementRequest request, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = request.UntilTime is null ? null : Moments.TryRead(request.UntilTime)
            ?? throw Reasons.InvalidRequest.Because("The end of the period is not a moment.", "Give a date with --until.");
        RequireNote(request.Note);
        return DecideAsync(request.AgreementId, stored => CounterOf(stored, request, until), cancellationToken);
    }

    /// <summary>Says no to a requested agreement, or takes a counter-offer back.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="note">Words for the consumer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> RejectAsync(string id, string note, CancellationToken cancellationToken)
    {
        RequireNote(note);
        return DecideAsync(id, stored => ChangeOf(stored, stored.Agreement, AgreementEvent.Reject, note), cancellationToken);
    }

    /// <summary>Takes back an agreement in force; when this returns, the next fragment under it is refused.</summary>
    /// <param name="id">Its id or the beginning of it.</param>
    /// <param name="note">Words for the consumer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<AgreementRecord> RevokeAsync(string id, string note, CancellationToken cancellationToken)
    {
        RequireNote(note);
        return DecideAsync(id, stored => ChangeOf(stored, stored.Agreement, AgreementEvent.Revoke, note), cancellationToken);
    }

    /// <summary>Lets only a note of bounded length go on.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static void RequireNote(string note)
    {
        if (note.Length > AgreementChange.NoteCharactersMax)
        {
            throw Reasons.InvalidRequest.Because($"A note has at most {AgreementChange.NoteCharactersMax} characters.", "Shorten it.");
        }
    }

    private async Task<AgreementRecord> DecideAsync(string abbreviated, Func<AgreementRecord, AgreementChange?> decide, CancellationToken cancellationToken)
    {
        var id = index.Resolve(abbreviated);
        var decided = (await agreements.ChangeAsync(id, (_, stored) => decide(RequireOwn(stored!)), cancellationToken).ConfigureAwait(false))!;
        await delivery.DeliverAsync(id, cancellationToken).ConfigureAwait(false);
        return decided;
    }

    private AgreementRecord RequireOwn(AgreementRecord stored) => stored.Terms.Provider == identity.ParticipantId
        ? stored
        : throw Reasons.NotAgreementOwner.Because(
            "This participant is the consumer of the agreement: only the owner of the data decides about it.", $"Ask {stored.Terms.Provider}.");

    private AgreementChange? ChangeOf(AgreementRecord stored, Protocol.Agreement.V1.Agreement next, AgreementEvent decision, string? note)
    {
        var now = time.GetUtcNow();
        var standing = stored.At(now);
        return AgreementLifecycle.Apply(standing, decision) == standing ? null : AgreementChange.Of(next, standing, [decision], note, now, owed: true);
    }

    private AgreementChange? CounterOf(AgreementRecord stored, CounterAgreementRequest request, DateTimeOffset? until)
    {
        // First whether it can be answered at all, then with what.
        var now = time.GetUtcNow();
        _ = AgreementLifecycle.Apply(stored.At(now), AgreementEvent.Counter);
        var offer = offers.Current(request.Offer.Length > 0 ? request.Offer : stored.Terms.Offer.Terms.Name);
        var terms = AgreementCounter.TermsOf(stored, offer, offer is not null && listing.IsLive(offer), register.Current.Find(stored.Terms.Consumer), until, now);
        if (stored.Written.State == Protocol.Agreement.V1.AgreementState.Offered && AgreementCounter.IsSame(stored.Counter, terms))
        {
            return null;
        }

        var next = stored.Agreement.Clone();
        next.Countered = signatures.Sign(terms.ToByteString(), SignedMessage.CounterOffer);
        return ChangeOf(stored, next, AgreementEvent.Counter, request.Note);
    }
}
