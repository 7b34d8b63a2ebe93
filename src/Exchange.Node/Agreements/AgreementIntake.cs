using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing.V1;

namespace Exchange.Node.Agreements;

/// <summary>As owner: takes in what consumers say, and decides what an offer or an earlier decision decides by itself.</summary>
internal sealed class AgreementIntake(
    AgreementStore agreements, OfferStore offers, OfferListing listing, AgreementSignatures signatures, NodeIdentity identity, TimeProvider time)
{
    /// <summary>
    /// Checks a signed request and stores it: FINALIZED where the offer approves automatically, else REQUESTED. The same request
    /// again returns what became of it, also when the offer has changed since.
    /// </summary>
    /// <exception cref="ExchangeException">The refusal; nothing is stored.</exception>
    public async Task<AgreementRecord> RequestAsync(SignedBytes? signed, Participant caller, CancellationToken cancellationToken)
    {
        signatures.Require(signed, caller.Id);
        var requested = AgreementRecord.From(new Agreement { ConsumerSigned = signed });
        AgreementRequestRules.CheckParties(requested, caller.Id, identity.ParticipantId);
        if (agreements.Find(requested.Id) is { } known)
        {
            return SameRequest(known, requested);
        }

        var current = offers.Current(requested.Terms.Offer.Terms.Name);
        var now = time.GetUtcNow();
        AgreementRequestRules.Check(requested, caller, current, current is not null && listing.IsLive(current), now);
        if (requested.Terms.Renews.Length > 0)
        {
            AgreementRequestRules.CheckRenewal(requested, agreements.Find(requested.Terms.Renews), now);
        }

        var decided = DecisionOn(requested, current!, now);
        return (await agreements.ChangeAsync(
            requested.Id,
            (connection, stored) =>
            {
                if (stored is not null)
                {
                    _ = SameRequest(stored, requested);
                    return null;
                }

                agreements.CheckRoom(connection, caller.Id);
                return decided;
            },
            cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>
    /// Takes the consumer's signature under this owner's newest counter-offer and adds its own: the owner decided when it made
    /// it. The same acceptance again returns the same agreement.
    /// </summary>
    /// <exception cref="ExchangeException">The refusal; nothing is stored.</exception>
    public async Task<AgreementRecord> AcceptAsync(SignedBytes? signed, Participant caller, CancellationToken cancellationToken)
    {
        signatures.Require(signed, caller.Id);
        var accepted = AgreementRecord.From(new Agreement { ConsumerSigned = signed });
        return (await agreements.ChangeAsync(
            accepted.Id, (_, stored) => AcceptanceOf(RequireKnown(stored, caller.Id), signed!), cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Takes the consumer's no to a counter-offer. One that has ended stays as it ended.</summary>
    /// <exception cref="ExchangeException">The refusal; nothing is stored.</exception>
    public async Task<AgreementRecord> DeclineAsync(string id, string note, Participant caller, CancellationToken cancellationToken) =>
        (await agreements.ChangeAsync(
            id,
            (_, stored) =>
            {
                var now = time.GetUtcNow();
                var standing = RequireKnown(stored, caller.Id).At(now);
                return standing.State == AgreementState.Terminated
                    ? null
                    : AgreementChange.Of(stored!.Agreement, standing, [AgreementEvent.Decline], note, now, owed: false);
            },
            cancellationToken).ConfigureAwait(false))!;

    private AgreementRecord RequireKnown(AgreementRecord? stored, string caller) =>
        stored is not null && stored.Terms.Consumer == caller && stored.Terms.Provider == identity.ParticipantId ? stored : throw AgreementIndex.Unknown();

    private AgreementChange? AcceptanceOf(AgreementRecord stored, SignedBytes signed)
    {
        var now = time.GetUtcNow();
        var standing = stored.At(now);
        if (standing == AgreementLifecycle.Finalized && stored.Agreement.ConsumerSigned.Payload.Equals(signed.Payload))
        {
            return null;
        }

        _ = AgreementLifecycle.Apply(standing, AgreementEvent.Accept);
        if (stored.Agreement.Countered?.Payload.Equals(signed.Payload) != true || standing.State != AgreementState.Offered)
        {
            throw Reasons.AgreementTermsChanged.Because(
                "The accepted terms are not those of the owner's newest counter-offer.", "Read them with `exchange agreement show`, then accept or reject them.");
        }

        var next = stored.Agreement.Clone();
        next.RequestHash = stored.RequestHash;
        next.ConsumerSigned = signed;
        next.ProviderSigned = signatures.Sign(signed.Payload);
        return AgreementChange.Of(next, standing, [AgreementEvent.Accept, AgreementEvent.Approve], null, now, owed: false);
    }

    private AgreementChange DecisionOn(AgreementRecord requested, Offer offer, DateTimeOffset now)
    {
        var agreement = requested.Agreement.Clone();
        if (offer.Terms.Approval != Approval.Automatic)
        {
            return AgreementChange.Of(agreement, AgreementLifecycle.None, [AgreementEvent.Request], null, now, owed: false);
        }

        agreement.ProviderSigned = signatures.Sign(agreement.ConsumerSigned.Payload);
        return AgreementChange.Of(agreement, AgreementLifecycle.None, [AgreementEvent.Request, AgreementEvent.Approve], null, now, owed: false);
    }

    private static AgreementRecord SameRequest(AgreementRecord known, AgreementRecord requested) =>
        known.RequestHash.Equals(requested.RequestHash)
            ? known
            : throw Reasons.AgreementIdReused.Because("The id belongs to an agreement with other content.", "Request again under a new id.");
}
