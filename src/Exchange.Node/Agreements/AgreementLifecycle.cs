using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Agreements;

/// <summary>What can happen to an agreement.</summary>
internal enum AgreementEvent
{
    /// <summary>The consumer asked and signed.</summary>
    Request,

    /// <summary>The owner answered with other terms.</summary>
    Counter,

    /// <summary>The consumer signed the owner's other terms.</summary>
    Accept,

    /// <summary>The owner signed what the consumer had signed.</summary>
    Approve,

    /// <summary>The owner said no.</summary>
    Reject,

    /// <summary>The consumer said no to the owner's other terms.</summary>
    Decline,

    /// <summary>The owner took it back.</summary>
    Revoke,

    /// <summary>Its period is over.</summary>
    Expire,
}

/// <summary>Where an agreement stands.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why it ended, if it did.</param>
/// <param name="Round">Which counter-offer is being talked about; 0 except while OFFERED or ACCEPTED.</param>
internal readonly record struct AgreementStanding(AgreementState State, TerminationReason Reason = TerminationReason.Unspecified, int Round = 0);

/// <summary>
/// The life of an agreement as a pure state machine, used by owner and consumer alike:
/// REQUESTED → FINALIZED → TERMINATED, with REQUESTED → OFFERED → ACCEPTED → FINALIZED where the owner has other terms. Until
/// it is in force each side may say no. AGREED and VERIFIED are passed within one call, so nothing ever rests there.
/// TERMINATED is final. An event that already happened changes nothing, so every message may come twice.
/// </summary>
internal static class AgreementLifecycle
{
    /// <summary>Most counter-offers of one agreement; then the owner approves, rejects, or is asked anew.</summary>
    public const int RoundsMax = 5;

    /// <summary>No agreement yet.</summary>
    public static readonly AgreementStanding None = new(AgreementState.Unspecified);

    /// <summary>Asked for.</summary>
    public static readonly AgreementStanding Requested = new(AgreementState.Requested);

    /// <summary>In force.</summary>
    public static readonly AgreementStanding Finalized = new(AgreementState.Finalized);

    /// <summary>The owner's counter-offer of that round waits for the consumer.</summary>
    public static AgreementStanding Offered(int round) => new(AgreementState.Offered, Round: round);

    /// <summary>The consumer has signed the counter-offer of that round.</summary>
    public static AgreementStanding Accepted(int round) => new(AgreementState.Accepted, Round: round);

    /// <summary>Ended for that reason.</summary>
    public static AgreementStanding Ended(TerminationReason reason) => new(AgreementState.Terminated, reason);

    /// <summary>Where the agreement stands after the event.</summary>
    /// <exception cref="ExchangeException">The event cannot happen there.</exception>
    public static AgreementStanding Apply(AgreementStanding standing, AgreementEvent happened) => standing.State switch
    {
        AgreementState.Unspecified => happened == AgreementEvent.Request ? Requested : throw Refusal(standing),
        AgreementState.Requested => AfterRequested(standing, happened),
        AgreementState.Offered => AfterOffered(standing, happened),
        AgreementState.Accepted => AfterAccepted(standing, happened),
        AgreementState.Finalized => AfterFinalized(standing, happened),
        AgreementState.Terminated => IsNews(standing.Reason, happened) ? throw Refusal(standing) : standing,
        _ => throw Refusal(standing),
    };

    private static AgreementStanding AfterRequested(AgreementStanding standing, AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request => standing,
        AgreementEvent.Counter => Offered(1),
        AgreementEvent.Approve => Finalized,
        AgreementEvent.Reject => Ended(TerminationReason.Rejected),
        AgreementEvent.Expire => Ended(TerminationReason.Expired),
        AgreementEvent.Accept or AgreementEvent.Decline => throw Reasons.AgreementNotOffered.Because(
            "The owner has made no counter-offer.", "Wait for the owner's answer; `exchange agreement list` shows it."),
        _ => throw Refusal(standing),
    };

    private static AgreementStanding AfterOffered(AgreementStanding standing, AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request => standing,
        AgreementEvent.Counter => NextRound(standing.Round),
        AgreementEvent.Accept => Accepted(standing.Round),
        AgreementEvent.Reject => Ended(TerminationReason.Rejected),
        AgreementEvent.Decline => Ended(TerminationReason.Declined),
        AgreementEvent.Expire => Ended(TerminationReason.Expired),
        AgreementEvent.Approve => throw Reasons.AgreementOffered.Because(
            "The owner has answered with other terms, and the consumer has not accepted them.", "Wait for the consumer, or reject the agreement and let it ask again."),
        _ => throw Refusal(standing),
    };

    // The owner may have made another counter-offer, or said no, before the acceptance reached it.
    private static AgreementStanding AfterAccepted(AgreementStanding standing, AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request or AgreementEvent.Accept => standing,
        AgreementEvent.Counter => NextRound(standing.Round),
        AgreementEvent.Approve => Finalized,
        AgreementEvent.Reject => Ended(TerminationReason.Rejected),
        AgreementEvent.Expire => Ended(TerminationReason.Expired),
        AgreementEvent.Decline => throw Reasons.AgreementAccepted.Because(
            "The counter-offer has been accepted, and the owner may have signed it already.", "Do not use the agreement, or ask the owner to revoke it."),
        _ => throw Refusal(standing),
    };

    private static AgreementStanding AfterFinalized(AgreementStanding standing, AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request or AgreementEvent.Accept or AgreementEvent.Approve => standing,
        AgreementEvent.Revoke => Ended(TerminationReason.Revoked),
        AgreementEvent.Expire => Ended(TerminationReason.Expired),
        _ => throw Reasons.AgreementFinalized.Because(
            "The agreement is in force already.", "As its owner revoke it with `exchange agreement revoke`; as its consumer ask for another one."),
    };

    private static AgreementStanding NextRound(int round) => round < RoundsMax
        ? Offered(round + 1)
        : throw Reasons.AgreementRoundsExhausted.Because(
            $"The owner has made {RoundsMax} counter-offers for this agreement already.", "Reject it and let the consumer ask anew.");

    private static bool IsNews(TerminationReason ended, AgreementEvent happened) => happened switch
    {
        AgreementEvent.Request or AgreementEvent.Expire => false,
        AgreementEvent.Reject => ended != TerminationReason.Rejected,
        AgreementEvent.Decline => ended != TerminationReason.Declined,
        AgreementEvent.Revoke => ended != TerminationReason.Revoked,
        _ => true,
    };

    /// <summary>Where the agreement stands at a moment: past its end it is over, whether or not anybody wrote that down.</summary>
    public static AgreementStanding At(AgreementStanding written, DateTimeOffset end, DateTimeOffset now) =>
        now >= end && written.State is not AgreementState.Unspecified ? Apply(written, AgreementEvent.Expire) : written;

    /// <summary>
    /// What happened, seen from the consumer, when it stands at <paramref name="own"/> and the owner says
    /// <paramref name="theirs"/>. The owner's no counts wherever it comes from; the end of the period each side sees by itself.
    /// What the owner said before something newer is nothing, so notices may come late and in any order.
    /// </summary>
    public static IReadOnlyList<AgreementEvent> Between(AgreementStanding own, AgreementStanding theirs)
    {
        if (own.State == AgreementState.Terminated)
        {
            return [];
        }

        IEnumerable<AgreementEvent> asked = own.State == AgreementState.Unspecified ? [AgreementEvent.Request] : [];
        return [.. asked, .. (theirs.State, theirs.Reason) switch
        {
            (AgreementState.Offered, _) => IsNewer(own, theirs.Round) ? [AgreementEvent.Counter] : Nothing,
            (AgreementState.Finalized, _) => UntilInForce(own),
            (AgreementState.Terminated, TerminationReason.Revoked) => [.. UntilInForce(own), AgreementEvent.Revoke],
            (AgreementState.Terminated, TerminationReason.Rejected or TerminationReason.Declined) =>
                [own.State == AgreementState.Finalized ? AgreementEvent.Revoke : AgreementEvent.Reject],
            _ => Nothing,
        }];
    }

    private static readonly AgreementEvent[] Nothing = [];

    private static bool IsNewer(AgreementStanding own, int round) => own.State switch
    {
        AgreementState.Unspecified or AgreementState.Requested => true,
        AgreementState.Offered or AgreementState.Accepted => round > own.Round,
        _ => false,
    };

    private static AgreementEvent[] UntilInForce(AgreementStanding own) => own.State switch
    {
        AgreementState.Finalized => Nothing,
        AgreementState.Offered => [AgreementEvent.Accept, AgreementEvent.Approve],
        _ => [AgreementEvent.Approve],
    };

    /// <summary>Why an agreement that stands there allows nothing.</summary>
    public static ExchangeException Refusal(AgreementStanding standing) => (standing.State, standing.Reason) switch
    {
        (AgreementState.Terminated, TerminationReason.Rejected) => Reasons.AgreementRejected.Because(
            "The owner rejected the agreement.", "Read the owner's note with `exchange agreement show`, then request one on other terms."),
        (AgreementState.Terminated, TerminationReason.Declined) => Reasons.AgreementDeclined.Because(
            "The consumer declined the owner's other terms.", "Read the note with `exchange agreement show`; the consumer may request a new one."),
        (AgreementState.Terminated, TerminationReason.Revoked) => Reasons.AgreementRevoked.Because(
            "The owner revoked the agreement.", "Read the owner's note with `exchange agreement show`, then request a new one."),
        (AgreementState.Terminated, _) => Reasons.AgreementExpired.Because(
            "The agreement's period is over.", "Request a new one with `exchange agreement request`."),
        (AgreementState.Offered, _) => Reasons.AgreementNotFinalized.Because(
            "The agreement is not in force: the owner answered with other terms.", "Read them with `exchange agreement show`, then accept or reject them."),
        _ => Reasons.AgreementNotFinalized.Because(
            "The agreement is not in force: the owner has not signed it.", "Wait for the owner's approval; `exchange agreement list` shows it."),
    };
}
