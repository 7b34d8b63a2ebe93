using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The question asks for something that a safe table does not hold.</summary>
    public static readonly ErrorReason NotInTable = new("NOT_IN_TABLE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A filter cuts through an interval or calendar unit of the table.</summary>
    public static readonly ErrorReason FilterBetweenCuts = new("FILTER_BETWEEN_CUTS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner's table has other dimensions than those of most owners, so that it shares no parts with them.</summary>
    public static readonly ErrorReason TableDimensionsDiffer = new("TABLE_DIMENSIONS_DIFFER", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>There is no safe table over the dataset.</summary>
    public static readonly ErrorReason TableAbsent = new("TABLE_ABSENT", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Under these rules no block of the dataset passes.</summary>
    public static readonly ErrorReason TableEmpty = new("TABLE_EMPTY", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The data cannot be made a table of.</summary>
    public static readonly ErrorReason TableFailed = new("TABLE_FAILED", StatusCode.FailedPrecondition, ErrorKind.Failed);

    /// <summary>A safe table and `checked` over the same rows end the promise of the table.</summary>
    public static readonly ErrorReason TableBesideChecked = new("TABLE_BESIDE_CHECKED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A second table over the rows of one that is live could be subtracted from it.</summary>
    public static readonly ErrorReason SameRows = new("SAME_ROWS", StatusCode.FailedPrecondition, ErrorKind.Refused);
}
