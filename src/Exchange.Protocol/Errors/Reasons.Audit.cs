using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The access log is not the one over which its last checkpoint was signed; the node does not serve on it.</summary>
    public static readonly ErrorReason LogTampered = new("LOG_TAMPERED", StatusCode.DataLoss, ErrorKind.VerificationFailed);

    /// <summary>Too few witnesses cosigned in time.</summary>
    public static readonly ErrorReason WitnessesMissing = new("WITNESSES_MISSING", StatusCode.Unavailable, ErrorKind.Unreachable);
}
