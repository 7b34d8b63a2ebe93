using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing.V1;

namespace Exchange.Node.Agreements;

/// <summary>As owner: takes requests in and decides those that an offer decides by itself.</summary>
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

    private AgreementChange DecisionOn(AgreementRecord requested, Offer offer, DateTimeOffset now)
    {
        var agreement = requested.Agreement.Clone();
        if (offer.Terms.Approval != Approval.Automatic)
        {
            return AgreementChange.Of(agreement, AgreementLifecycle.None, [AgreementEvent.Request], null, now, unsent: false);
        }

        agreement.ProviderSigned = signatures.Sign(agreement.ConsumerSigned.Payload);
        return AgreementChange.Of(agreement, AgreementLifecycle.None, [AgreementEvent.Request, AgreementEvent.Approve], null, now, unsent: false);
    }

    private static AgreementRecord SameRequest(AgreementRecord known, AgreementRecord requested) =>
        known.Agreement.ConsumerSigned.Payload.Equals(requested.Agreement.ConsumerSigned.Payload)
            ? known
            : throw Reasons.AgreementIdReused.Because("The id belongs to an agreement with other content.", "Request again under a new id.");
}
