using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>No engine of that name.</summary>
    public static readonly ErrorReason EngineUnknown = new("ENGINE_UNKNOWN", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The engine could not compute the fragment.</summary>
    public static readonly ErrorReason EngineFailed = new("ENGINE_FAILED", StatusCode.Internal, ErrorKind.Failed);

    /// <summary>An attached source is not what was published.</summary>
    public static readonly ErrorReason DatasetChanged = new("DATASET_CHANGED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>More cells than the bound.</summary>
    public static readonly ErrorReason TooManyGroups = new("TOO_MANY_GROUPS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The source of a dataset is not there or may not be read.</summary>
    public static readonly ErrorReason SourceMissing = new("SOURCE_MISSING", StatusCode.NotFound, ErrorKind.BadInput);

    /// <summary>The source of a dataset is not of its form.</summary>
    public static readonly ErrorReason SourceMalformed = new("SOURCE_MALFORMED", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The source lacks a column of the product.</summary>
    public static readonly ErrorReason SourceColumnMissing = new("SOURCE_COLUMN_MISSING", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A date in text can be read in two ways.</summary>
    public static readonly ErrorReason DateAmbiguous = new("DATE_AMBIGUOUS", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The source holds no row.</summary>
    public static readonly ErrorReason SourceEmpty = new("SOURCE_EMPTY", StatusCode.InvalidArgument, ErrorKind.BadInput);
}
