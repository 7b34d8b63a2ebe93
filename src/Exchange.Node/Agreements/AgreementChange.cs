using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Protocol.Agreement.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Agreements;

/// <summary>What is to be written about an agreement in one transaction: how it is now, and what happened, one log leaf each.</summary>
/// <param name="Next">The agreement as it is now.</param>
/// <param name="Happened">In order; never empty.</param>
/// <param name="Unsent">The consumer's node is still to be told.</param>
internal sealed record AgreementChange(AgreementRecord Next, IReadOnlyList<AgreementEvent> Happened, bool Unsent)
{
    /// <summary>Applies events to an agreement.</summary>
    /// <param name="agreement">As it is before; not changed.</param>
    /// <param name="from">Where it stands.</param>
    /// <param name="happened">What happened since.</param>
    /// <param name="note">The owner's words, or null to keep those that are there.</param>
    /// <param name="now">When it happened.</param>
    /// <param name="unsent">The consumer's node is still to be told.</param>
    /// <exception cref="Protocol.Errors.ExchangeException">An event cannot happen there.</exception>
    public static AgreementChange Of(
        Agreement agreement, AgreementStanding from, IReadOnlyList<AgreementEvent> happened, string? note, DateTimeOffset now, bool unsent)
    {
        var standing = happened.Aggregate(from, AgreementLifecycle.Apply);
        var next = agreement.Clone();
        next.State = standing.State;
        next.TerminationReason = standing.Reason;
        next.Note = note ?? agreement.Note;
        next.UpdateTime = Timestamp.FromDateTimeOffset(now);
        return new AgreementChange(AgreementRecord.From(next), happened, unsent);
    }

    /// <summary>Event name and members of the leaf for one of the events.</summary>
    public (string Event, JsonObject Details) LeafOf(AgreementEvent happened) => (EventName(happened), new JsonObject
    {
        ["agreement"] = Next.Id,
        ["provider"] = Next.Terms.Provider,
        ["consumer"] = Next.Terms.Consumer,
        ["product"] = Next.Product,
        ["offer"] = Next.Terms.Offer.Terms.Name,
        ["offer_version"] = Next.Terms.Offer.Version,
        ["purpose"] = Next.Terms.Purpose,
        ["terms_hash"] = Convert.ToHexStringLower(SHA256.HashData(Next.Agreement.ConsumerSigned.Payload.Span)),
    });

    private static string EventName(AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request => "agreement.requested",
        AgreementEvent.Approve => "agreement.finalized",
        AgreementEvent.Reject => "agreement.rejected",
        AgreementEvent.Revoke => "agreement.revoked",
        _ => "agreement.expired",
    };
}
