using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Protocol.Agreement.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Agreements;

/// <summary>What is to be written about an agreement in one transaction: how it is now, and what happened, one log leaf each.</summary>
/// <param name="Next">The agreement as it is now.</param>
/// <param name="Happened">In order; never empty.</param>
/// <param name="IsOwed">The other side is to be told: the outbox gets a row, and otherwise loses the one it has.</param>
internal sealed record AgreementChange(AgreementRecord Next, IReadOnlyList<AgreementEvent> Happened, bool IsOwed)
{
    /// <summary>Longest note, in characters.</summary>
    public const int NoteCharactersMax = 500;

    private const string MomentFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>Applies events to an agreement.</summary>
    /// <param name="agreement">As it is before, with the signatures of afterwards; not changed.</param>
    /// <param name="from">Where it stands.</param>
    /// <param name="happened">What happened since.</param>
    /// <param name="note">Words that go with it, cut when too long, or null to keep those that are there.</param>
    /// <param name="now">When it happened.</param>
    /// <param name="owed">The other side is to be told. Who is both owner and consumer holds one record and needs no telling.</param>
    /// <exception cref="Protocol.Errors.ExchangeException">An event cannot happen there.</exception>
    public static AgreementChange Of(
        Agreement agreement, AgreementStanding from, IReadOnlyList<AgreementEvent> happened, string? note, DateTimeOffset now, bool owed)
    {
        var standing = happened.Aggregate(from, AgreementLifecycle.Apply);
        var next = agreement.Clone();
        next.State = standing.State;
        next.TerminationReason = standing.Reason;
        next.Round = Math.Max(agreement.Round, standing.Round);
        next.Note = note is null ? agreement.Note : note.Length <= NoteCharactersMax ? note : note[..NoteCharactersMax];
        next.UpdateTime = Timestamp.FromDateTimeOffset(now);
        if (next.RequestHash.IsEmpty)
        {
            next.RequestHash = AgreementRecord.HashOf(next.ConsumerSigned.Payload);
        }

        var record = AgreementRecord.From(next);
        return new AgreementChange(record, happened, owed && record.Terms.Provider != record.Terms.Consumer);
    }

    /// <summary>Event name and members of the leaf for one of the events.</summary>
    public (string Event, JsonObject Details) LeafOf(AgreementEvent happened)
    {
        var (terms, payload) = happened == AgreementEvent.Counter
            ? (Next.Counter!, Next.Agreement.Countered.Payload)
            : (Next.Terms, Next.Agreement.ConsumerSigned.Payload);
        var details = new JsonObject
        {
            ["agreement"] = Next.Id,
            ["provider"] = terms.Provider,
            ["consumer"] = terms.Consumer,
            ["product"] = Next.Product,
            ["offer"] = terms.Offer.Terms.Name,
            ["offer_version"] = terms.Offer.Version,
            ["purpose"] = terms.Purpose,
            ["from"] = terms.StartTime?.ToDateTimeOffset().ToString(MomentFormat, CultureInfo.InvariantCulture),
            ["until"] = terms.EndTime?.ToDateTimeOffset().ToString(MomentFormat, CultureInfo.InvariantCulture),
            ["terms_hash"] = Convert.ToHexStringLower(AgreementRecord.HashOf(payload).Span),
        };
        if (terms.Renews.Length > 0)
        {
            details["renews"] = terms.Renews;
        }

        if (happened is AgreementEvent.Counter or AgreementEvent.Accept)
        {
            details["round"] = Next.Agreement.Round;
        }

        return (EventName(happened), details);
    }

    private static string EventName(AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request => "agreement.requested",
        AgreementEvent.Counter => "agreement.countered",
        AgreementEvent.Accept => "agreement.accepted",
        AgreementEvent.Approve => "agreement.finalized",
        AgreementEvent.Reject => "agreement.rejected",
        AgreementEvent.Decline => "agreement.declined",
        AgreementEvent.Revoke => "agreement.revoked",
        _ => "agreement.expired",
    };
}
