using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The signed query cannot be read.</summary>
    public static readonly ErrorReason QueryMalformed = new("QUERY_MALFORMED", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The query is not signed with a key that the register has for its asker.</summary>
    public static readonly ErrorReason QuerySignatureInvalid = new("QUERY_SIGNATURE_INVALID", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The query's asker is not the caller.</summary>
    public static readonly ErrorReason QueryAskerMismatch = new("QUERY_ASKER_MISMATCH", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The query was signed too long ago, or ahead of this node's clock by more than a minute.</summary>
    public static readonly ErrorReason QueryStale = new("QUERY_STALE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A query id may be used once, for one query.</summary>
    public static readonly ErrorReason QueryIdReused = new("QUERY_ID_REUSED", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>The same query is being answered at this moment.</summary>
    public static readonly ErrorReason QueryInProgress = new("QUERY_IN_PROGRESS", StatusCode.Aborted, ErrorKind.Refused);

    /// <summary>The caller has as many queries running as it may.</summary>
    public static readonly ErrorReason TooManyConcurrentQueries = new("TOO_MANY_CONCURRENT_QUERIES", StatusCode.ResourceExhausted, ErrorKind.Refused);

    /// <summary>The offer's number of queries per day is used up.</summary>
    public static readonly ErrorReason QueryQuotaExceeded = new("QUERY_QUOTA_EXCEEDED", StatusCode.ResourceExhausted, ErrorKind.Refused);

    /// <summary>The owner has no live dataset for the product.</summary>
    public static readonly ErrorReason NoDataset = new("NO_DATASET", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner offers another release class than the query asks for.</summary>
    public static readonly ErrorReason OtherReleaseClass = new("OTHER_RELEASE_CLASS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>There is no finalized agreement for product and purpose.</summary>
    public static readonly ErrorReason NoAgreement = new("NO_AGREEMENT", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A question needs a purpose.</summary>
    public static readonly ErrorReason PurposeMissing = new("PURPOSE_MISSING", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>Fewer participants answered than the asker requires.</summary>
    public static readonly ErrorReason TooLittleCoverage = new("TOO_LITTLE_COVERAGE", StatusCode.Unavailable, ErrorKind.Unreachable);

    /// <summary>Every participant that was asked refused.</summary>
    public static readonly ErrorReason EverybodyRefused = new("EVERYBODY_REFUSED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A receipt does not hold: no receipt, no answer.</summary>
    public static readonly ErrorReason ReceiptInvalid = new("RECEIPT_INVALID", StatusCode.DataLoss, ErrorKind.VerificationFailed);

    /// <summary>A question was asked, and its asker's node has no outcome of it.</summary>
    public static readonly ErrorReason QuestionUnfinished = new("QUESTION_UNFINISHED", StatusCode.Unavailable, ErrorKind.Unreachable);
}
