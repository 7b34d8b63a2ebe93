using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Agreements;

/// <summary>What can happen to an agreement.</summary>
internal enum AgreementEvent
{
    /// <summary>The consumer asked and signed.</summary>
    Request,

    /// <summary>The owner signed.</summary>
    Approve,

    /// <summary>The owner said no.</summary>
    Reject,

    /// <summary>The owner took it back.</summary>
    Revoke,

    /// <summary>Its period is over.</summary>
    Expire,
}

/// <summary>Where an agreement stands, and why it ended if it did.</summary>
internal readonly record struct AgreementStanding(AgreementState State, TerminationReason Reason = TerminationReason.Unspecified);

/// <summary>
/// The life of an agreement as a pure state machine, used by owner and consumer alike. REQUESTED → FINALIZED → TERMINATED, or
/// REQUESTED → TERMINATED. The states between (OFFERED to VERIFIED) belong to negotiation over several messages; this version
/// passes them within one call, so none is ever at rest. TERMINATED is final. An event that already happened changes nothing.
/// </summary>
internal static class AgreementLifecycle
{
    /// <summary>No agreement yet.</summary>
    public static readonly AgreementStanding None = new(AgreementState.Unspecified);

    /// <summary>Asked for.</summary>
    public static readonly AgreementStanding Requested = new(AgreementState.Requested);

    /// <summary>In force.</summary>
    public static readonly AgreementStanding Finalized = new(AgreementState.Finalized);

    /// <summary>Where the agreement stands after the event.</summary>
    /// <exception cref="ExchangeException">The event cannot happen there.</exception>
    public static AgreementStanding Apply(AgreementStanding standing, AgreementEvent happened) => (standing.State, happened) switch
    {
        (AgreementState.Unspecified, AgreementEvent.Request) => Requested,
        (AgreementState.Requested, AgreementEvent.Request) => standing,
        (AgreementState.Requested, AgreementEvent.Approve) => Finalized,
        (AgreementState.Requested, AgreementEvent.Reject) => Ended(TerminationReason.Rejected),
        (AgreementState.Requested, AgreementEvent.Expire) => Ended(TerminationReason.Expired),
        (AgreementState.Finalized, AgreementEvent.Request or AgreementEvent.Approve) => standing,
        (AgreementState.Finalized, AgreementEvent.Revoke) => Ended(TerminationReason.Revoked),
        (AgreementState.Finalized, AgreementEvent.Expire) => Ended(TerminationReason.Expired),
        (AgreementState.Terminated, AgreementEvent.Request) => standing,
        (AgreementState.Terminated, AgreementEvent.Reject) when standing.Reason == TerminationReason.Rejected => standing,
        (AgreementState.Terminated, AgreementEvent.Revoke) when standing.Reason == TerminationReason.Revoked => standing,
        (AgreementState.Terminated, AgreementEvent.Expire) => standing,
        (AgreementState.Finalized, AgreementEvent.Reject) => throw Reasons.AgreementFinalized.Because(
            "The agreement is in force already.", "Revoke it with `exchange agreement revoke` instead."),
        _ => throw Refusal(standing),
    };

    /// <summary>Where the agreement stands at a moment: past its end it is over, whether or not anybody wrote that down.</summary>
    public static AgreementStanding At(AgreementStanding written, DateTimeOffset end, DateTimeOffset now) =>
        now >= end && written.State is not AgreementState.Unspecified ? Apply(written, AgreementEvent.Expire) : written;

    /// <summary>
    /// What happened, seen from the consumer, when it stands at <paramref name="own"/> and the owner says
    /// <paramref name="theirs"/>. The owner's no counts wherever it comes from; the end of the period each side sees by itself.
    /// </summary>
    public static IReadOnlyList<AgreementEvent> Between(AgreementStanding own, AgreementStanding theirs)
    {
        AgreementEvent[] all = (theirs.State, theirs.Reason) switch
        {
            (AgreementState.Finalized, _) => [AgreementEvent.Request, AgreementEvent.Approve],
            (AgreementState.Terminated, TerminationReason.Revoked) => [AgreementEvent.Request, AgreementEvent.Approve, AgreementEvent.Revoke],
            (AgreementState.Terminated, TerminationReason.Rejected) when own.State == AgreementState.Finalized => [AgreementEvent.Revoke],
            (AgreementState.Terminated, TerminationReason.Rejected) => [AgreementEvent.Request, AgreementEvent.Reject],
            _ => [AgreementEvent.Request],
        };
        return own.State switch
        {
            AgreementState.Terminated => [],
            AgreementState.Finalized => [.. all.Where(happened => happened == AgreementEvent.Revoke)],
            AgreementState.Requested => [.. all.Where(happened => happened != AgreementEvent.Request)],
            _ => all,
        };
    }

    /// <summary>Why an agreement that stands there allows nothing.</summary>
    public static ExchangeException Refusal(AgreementStanding standing) => (standing.State, standing.Reason) switch
    {
        (AgreementState.Terminated, TerminationReason.Rejected) => Reasons.AgreementRejected.Because(
            "The owner rejected the agreement.", "Read the owner's note with `exchange agreement show`, then request one on other terms."),
        (AgreementState.Terminated, TerminationReason.Revoked) => Reasons.AgreementRevoked.Because(
            "The owner revoked the agreement.", "Read the owner's note with `exchange agreement show`, then request a new one."),
        (AgreementState.Terminated, _) => Reasons.AgreementExpired.Because(
            "The agreement's period is over.", "Request a new one with `exchange agreement request`."),
        _ => Reasons.AgreementNotFinalized.Because(
            "The agreement is not in force: the owner has not signed it.", "Wait for the owner's approval; `exchange agreement list` shows it."),
    };

    private static AgreementStanding Ended(TerminationReason reason) => new(AgreementState.Terminated, reason);
}
