using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The owner's agreement is for the other aggregation: <c>each</c> or <c>secure</c>.</summary>
    public static readonly ErrorReason OtherAggregation = new("OTHER_AGGREGATION", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>An asker's own data are in no secure sum that it asks for.</summary>
    public static readonly ErrorReason AskerNotCounted = new("ASKER_NOT_COUNTED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A secure sum would be over fewer participants than their offers demand.</summary>
    public static readonly ErrorReason CohortTooSmall = new("COHORT_TOO_SMALL", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The cohort of a secure sum is not one that this owner takes part in.</summary>
    public static readonly ErrorReason CohortInvalid = new("COHORT_INVALID", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A roster of a secure sum is not one that there was of the same data, nor all of those that share a member with it and enough others: together they would tell the figures of few.</summary>
    public static readonly ErrorReason RosterTooClose = new("ROSTER_TOO_CLOSE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A secure sum needs every group declared by the product.</summary>
    public static readonly ErrorReason GroupsNotDeclared = new("GROUPS_NOT_DECLARED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner began this secure sum before; nobody begins one twice.</summary>
    public static readonly ErrorReason SessionRepeated = new("SESSION_REPEATED", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>The owner holds no secrets of this secure sum: it ended, took too long, or the node was started again since.</summary>
    public static readonly ErrorReason SessionUnknown = new("SESSION_UNKNOWN", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A message of a secure sum came twice, or in another round than its own.</summary>
    public static readonly ErrorReason SessionOutOfTurn = new("SESSION_OUT_OF_TURN", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A message of a secure sum is malformed, contradicts another, or is not signed by its sender.</summary>
    public static readonly ErrorReason SessionMessageInvalid = new("SESSION_MESSAGE_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>Shares of a secure sum cannot be opened or are not what their dealer committed to.</summary>
    public static readonly ErrorReason SessionShareInvalid = new("SESSION_SHARE_INVALID", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Participants of a secure sum were told different things: nothing is opened.</summary>
    public static readonly ErrorReason SessionViewsDiffer = new("SESSION_VIEWS_DIFFER", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Fewer participants are left of a secure sum than it needs.</summary>
    public static readonly ErrorReason TooFewLeft = new("TOO_FEW_LEFT", StatusCode.Unavailable, ErrorKind.Unreachable);

    /// <summary>A figure of a secure sum would stand on the data of fewer participants than their offers demand.</summary>
    public static readonly ErrorReason TooFewContributors = new("TOO_FEW_CONTRIBUTORS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A value lies outside of what the product's bounds allow, so that a secure sum cannot hold it.</summary>
    public static readonly ErrorReason ValueOutOfBounds = new("VALUE_OUT_OF_BOUNDS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>How a member's table divides its rows is said in a way that cannot be, is not signed by that member for this asker, or is not what the question was signed with.</summary>
    public static readonly ErrorReason PartitionInvalid = new("PARTITION_INVALID", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner's table is not the one any more that its partition is of.</summary>
    public static readonly ErrorReason PartitionStale = new("PARTITION_STALE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A table has more blocks, or the tables of a cohort together, than a secure sum over tables takes.</summary>
    public static readonly ErrorReason PartitionTooLarge = new("PARTITION_TOO_LARGE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>No part that enough members have rows in lies whole in a group of the question.</summary>
    public static readonly ErrorReason NoCommonParts = new("NO_COMMON_PARTS", StatusCode.FailedPrecondition, ErrorKind.Refused);
}
