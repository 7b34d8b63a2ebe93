using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>A file a person wrote has a mistake; the message names file and line.</summary>
    public static readonly ErrorReason FileInvalid = new("FILE_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A named file is not there or cannot be read.</summary>
    public static readonly ErrorReason FileMissing = new("FILE_MISSING", StatusCode.NotFound, ErrorKind.BadInput);

    /// <summary>A file that would be written is there already.</summary>
    public static readonly ErrorReason FileExists = new("FILE_EXISTS", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>The command line is not one this program knows.</summary>
    public static readonly ErrorReason Usage = new("USAGE", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A receipt, a signature or the register does not hold.</summary>
    public static readonly ErrorReason VerificationFailed = new("VERIFICATION_FAILED", StatusCode.DataLoss, ErrorKind.VerificationFailed);

    /// <summary>A dataset was not published because rows break the product's rules.</summary>
    public static readonly ErrorReason RowsBreakRules = new("ROWS_BREAK_RULES", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A check-up of the node found something that does not work.</summary>
    public static readonly ErrorReason NodeUnwell = new("NODE_UNWELL", StatusCode.FailedPrecondition, ErrorKind.Failed);

    /// <summary>The folder holds something that is not a demonstration of this program.</summary>
    public static readonly ErrorReason FolderNotDemo = new("FOLDER_NOT_DEMO", StatusCode.AlreadyExists, ErrorKind.Refused);
}
