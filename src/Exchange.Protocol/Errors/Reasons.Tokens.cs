using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>A call to a node came without an access token.</summary>
    public static readonly ErrorReason TokenMissing = new("TOKEN_MISSING", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token cannot be read, or lacks a claim every token has.</summary>
    public static readonly ErrorReason TokenMalformed = new("TOKEN_MALFORMED", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token has run out.</summary>
    public static readonly ErrorReason TokenExpired = new("TOKEN_EXPIRED", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token begins to count later than this node's clock says it is.</summary>
    public static readonly ErrorReason TokenNotYetValid = new("TOKEN_NOT_YET_VALID", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token is bound to no certificate (RFC 8705, section 3, asks for <c>cnf</c>).</summary>
    public static readonly ErrorReason TokenUnbound = new("TOKEN_UNBOUND", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token is bound to something that is not a certificate, such as a DPoP key.</summary>
    public static readonly ErrorReason TokenBindingUnsupported = new("TOKEN_BINDING_UNSUPPORTED", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token is bound to another certificate.</summary>
    public static readonly ErrorReason TokenBoundElsewhere = new("TOKEN_BOUND_ELSEWHERE", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token was made for somebody other than the nodes.</summary>
    public static readonly ErrorReason TokenWrongAudience = new("TOKEN_WRONG_AUDIENCE", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token names an issuer other than this exchange's identity server.</summary>
    public static readonly ErrorReason TokenWrongIssuer = new("TOKEN_WRONG_ISSUER", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>No token key of the register made the access token's signature.</summary>
    public static readonly ErrorReason TokenSignatureInvalid = new("TOKEN_SIGNATURE_INVALID", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The access token belongs to another participant than the certificate.</summary>
    public static readonly ErrorReason TokenSubjectMismatch = new("TOKEN_SUBJECT_MISMATCH", StatusCode.Unauthenticated, ErrorKind.Refused);

    /// <summary>The identity server gave this node no token.</summary>
    public static readonly ErrorReason TokenNotIssued = new("TOKEN_NOT_ISSUED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Only the node's owner, with the node's own certificate, may call this.</summary>
    public static readonly ErrorReason OwnerOnly = new("OWNER_ONLY", StatusCode.PermissionDenied, ErrorKind.Refused);
}
