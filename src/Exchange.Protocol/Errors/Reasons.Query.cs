using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>A product definition breaks a rule of the product file.</summary>
    public static readonly ErrorReason ProductInvalid = new("PRODUCT_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The text is not SQL, or has a slip in it.</summary>
    public static readonly ErrorReason SqlSyntax = new("SQL_SYNTAX", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The text is longer or deeper than its bounds.</summary>
    public static readonly ErrorReason SqlTooLarge = new("SQL_TOO_LARGE", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>No product of that name.</summary>
    public static readonly ErrorReason SqlUnknownTable = new("SQL_UNKNOWN_TABLE", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>No column of that name in the product.</summary>
    public static readonly ErrorReason SqlUnknownColumn = new("SQL_UNKNOWN_COLUMN", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>SQL that no part of the exchange will run: joins, subqueries, windows and the like.</summary>
    public static readonly ErrorReason SqlNotSupported = new("SQL_NOT_SUPPORTED", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>Asks for rows; only aggregates leave a node.</summary>
    public static readonly ErrorReason SqlRowLevel = new("SQL_ROW_LEVEL", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>Values of types that do not go together.</summary>
    public static readonly ErrorReason SqlTypeMismatch = new("SQL_TYPE_MISMATCH", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A column beside aggregates that is not grouped by.</summary>
    public static readonly ErrorReason SqlNotGrouped = new("SQL_NOT_GROUPED", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>Grouping by something that is not a dimension or a calendar unit of one.</summary>
    public static readonly ErrorReason SqlNotGroupable = new("SQL_NOT_GROUPABLE", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>An aggregate over something that is not a measure.</summary>
    public static readonly ErrorReason SqlNotAggregatable = new("SQL_NOT_AGGREGATABLE", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>An identifier or a hidden column in a question.</summary>
    public static readonly ErrorReason SqlColumnNotUsable = new("SQL_COLUMN_NOT_USABLE", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>A plan that no compiler of ours makes.</summary>
    public static readonly ErrorReason PlanInvalid = new("PLAN_INVALID", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>A plan whose expressions do not fit together.</summary>
    public static readonly ErrorReason PlanTypeMismatch = new("PLAN_TYPE_MISMATCH", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>A plan with more expression nodes than allowed.</summary>
    public static readonly ErrorReason PlanTooLarge = new("PLAN_TOO_LARGE", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>A plan nested deeper than allowed.</summary>
    public static readonly ErrorReason PlanTooDeep = new("PLAN_TOO_DEEP", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>More aggregates than allowed.</summary>
    public static readonly ErrorReason TooManyAggregates = new("TOO_MANY_AGGREGATES", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>More grouping expressions than allowed.</summary>
    public static readonly ErrorReason TooManyGroupKeys = new("TOO_MANY_GROUP_KEYS", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>More distinct filters and CASE branches than the owner will check.</summary>
    public static readonly ErrorReason TooManyConditions = new("TOO_MANY_CONDITIONS", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>The fragment, the dataset and the offer are not of one product.</summary>
    public static readonly ErrorReason ProductMismatch = new("PRODUCT_MISMATCH", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Both sides know the product by its name, but not by the same definition.</summary>
    public static readonly ErrorReason ProductHashMismatch = new("PRODUCT_HASH_MISMATCH", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A plan names a column that the product does not have.</summary>
    public static readonly ErrorReason PlanUnknownColumn = new("PLAN_UNKNOWN_COLUMN", StatusCode.InvalidArgument, ErrorKind.Refused);

    /// <summary>A plan uses an identifier or a hidden column.</summary>
    public static readonly ErrorReason ColumnNotUsable = new("COLUMN_NOT_USABLE", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>A plan groups by a measure, or by a dimension finer than the product allows.</summary>
    public static readonly ErrorReason GroupingNotAllowed = new("GROUPING_NOT_ALLOWED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>A plan aggregates something that is not a measure.</summary>
    public static readonly ErrorReason AggregateNotAllowed = new("AGGREGATE_NOT_ALLOWED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The offer does not allow this use of this column.</summary>
    public static readonly ErrorReason ColumnNotOffered = new("COLUMN_NOT_OFFERED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>A peer's answer is not one to the question that was asked.</summary>
    public static readonly ErrorReason AnswerInvalid = new("ANSWER_INVALID", StatusCode.DataLoss, ErrorKind.Failed);

    /// <summary>A merged figure is beyond what its type holds.</summary>
    public static readonly ErrorReason FigureTooLarge = new("FIGURE_TOO_LARGE", StatusCode.OutOfRange, ErrorKind.Failed);
}
