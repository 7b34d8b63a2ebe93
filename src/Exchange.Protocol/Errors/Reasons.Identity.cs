using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The enrolment code is not of its form, or the identity server never made it.</summary>
    public static readonly ErrorReason EnrolmentCodeInvalid = new("ENROLMENT_CODE_INVALID", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The enrolment code was made too long ago.</summary>
    public static readonly ErrorReason EnrolmentCodeExpired = new("ENROLMENT_CODE_EXPIRED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Somebody redeemed the enrolment code already.</summary>
    public static readonly ErrorReason EnrolmentCodeUsed = new("ENROLMENT_CODE_USED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>A certificate request, a key or a proof of possession does not hold.</summary>
    public static readonly ErrorReason CertificateRequestInvalid = new("CERTIFICATE_REQUEST_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The caller showed no certificate.</summary>
    public static readonly ErrorReason CertificateMissing = new("CERTIFICATE_MISSING", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The caller's certificate is not of this exchange, has run out, or names no participant.</summary>
    public static readonly ErrorReason CertificateRefused = new("CERTIFICATE_REFUSED", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The operator shut the participant out.</summary>
    public static readonly ErrorReason ParticipantSuspended = new("PARTICIPANT_SUSPENDED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>No participant of that id, or one that has not joined.</summary>
    public static readonly ErrorReason ParticipantUnknown = new("PARTICIPANT_UNKNOWN", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>A participant of that id has joined already.</summary>
    public static readonly ErrorReason ParticipantExists = new("PARTICIPANT_EXISTS", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>Only the operator, with the identity server's own certificate, may call this.</summary>
    public static readonly ErrorReason NotOperator = new("NOT_OPERATOR", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Only a participant with the role provider may publish.</summary>
    public static readonly ErrorReason NotProvider = new("NOT_PROVIDER", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The product's name and major version belong to another definition.</summary>
    public static readonly ErrorReason ProductTaken = new("PRODUCT_TAKEN", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>The product definition is not of its form or not signed by its publisher.</summary>
    public static readonly ErrorReason ProductRefused = new("PRODUCT_REFUSED", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The register holds as many entries of that sort as it may.</summary>
    public static readonly ErrorReason RegisterFull = new("REGISTER_FULL", StatusCode.ResourceExhausted, ErrorKind.Refused);
}
