using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The server that answered is not of the exchange that the enrolment code names.</summary>
    public static readonly ErrorReason ExchangeMismatch = new("EXCHANGE_MISMATCH", StatusCode.FailedPrecondition, ErrorKind.VerificationFailed);

    /// <summary>The register is not signed by the operator, cannot be read, or is older than the one held.</summary>
    public static readonly ErrorReason RegisterInvalid = new("REGISTER_INVALID", StatusCode.DataLoss, ErrorKind.VerificationFailed);

    /// <summary>The identity server issued a certificate that does not fit the request.</summary>
    public static readonly ErrorReason CertificateUnfit = new("CERTIFICATE_UNFIT", StatusCode.DataLoss, ErrorKind.VerificationFailed);
}
