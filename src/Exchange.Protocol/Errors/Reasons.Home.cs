using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>No home folder there.</summary>
    public static readonly ErrorReason HomeMissing = new("HOME_MISSING", StatusCode.NotFound, ErrorKind.BadInput);

    /// <summary>A home is there already.</summary>
    public static readonly ErrorReason HomeNotEmpty = new("HOME_NOT_EMPTY", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>Another process serves this home.</summary>
    public static readonly ErrorReason HomeInUse = new("HOME_IN_USE", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The home is of another kind or another participant.</summary>
    public static readonly ErrorReason HomeMismatch = new("HOME_MISMATCH", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary><c>config.yaml</c> cannot be read.</summary>
    public static readonly ErrorReason SettingsInvalid = new("SETTINGS_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>No process serves this home.</summary>
    public static readonly ErrorReason NodeNotRunning = new("NODE_NOT_RUNNING", StatusCode.Unavailable, ErrorKind.Unreachable);

    /// <summary>The port is taken.</summary>
    public static readonly ErrorReason PortInUse = new("PORT_IN_USE", StatusCode.FailedPrecondition, ErrorKind.Failed);
}
