using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>No agreement of that id, or one of somebody else: the two are not told apart.</summary>
    public static readonly ErrorReason AgreementUnknown = new("AGREEMENT_UNKNOWN", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>The abbreviated id begins more than one agreement's id.</summary>
    public static readonly ErrorReason AgreementAmbiguous = new("AGREEMENT_AMBIGUOUS", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The owner has not signed the agreement yet.</summary>
    public static readonly ErrorReason AgreementNotFinalized = new("AGREEMENT_NOT_FINALIZED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The agreement is in force already: it can be revoked, and not rejected or negotiated any more.</summary>
    public static readonly ErrorReason AgreementFinalized = new("AGREEMENT_FINALIZED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner has made no counter-offer that could be answered.</summary>
    public static readonly ErrorReason AgreementNotOffered = new("AGREEMENT_NOT_OFFERED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner answered with other terms, and the consumer has the next word.</summary>
    public static readonly ErrorReason AgreementOffered = new("AGREEMENT_OFFERED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The consumer has signed the owner's terms, and the owner has the next word.</summary>
    public static readonly ErrorReason AgreementAccepted = new("AGREEMENT_ACCEPTED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The accepted terms are not those of the owner's newest counter-offer.</summary>
    public static readonly ErrorReason AgreementTermsChanged = new("AGREEMENT_TERMS_CHANGED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner has made as many counter-offers as one agreement may have.</summary>
    public static readonly ErrorReason AgreementRoundsExhausted = new("AGREEMENT_ROUNDS_EXHAUSTED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The counter-offer says what was asked for, or gives more than that.</summary>
    public static readonly ErrorReason AgreementCounterInvalid = new("AGREEMENT_COUNTER_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The renewal would end no later than the agreement it renews.</summary>
    public static readonly ErrorReason RenewalNotLater = new("RENEWAL_NOT_LATER", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner took the agreement back.</summary>
    public static readonly ErrorReason AgreementRevoked = new("AGREEMENT_REVOKED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The owner said no.</summary>
    public static readonly ErrorReason AgreementRejected = new("AGREEMENT_REJECTED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The consumer said no to the owner's other terms.</summary>
    public static readonly ErrorReason AgreementDeclined = new("AGREEMENT_DECLINED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The agreement's period is over.</summary>
    public static readonly ErrorReason AgreementExpired = new("AGREEMENT_EXPIRED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The agreement is for another product.</summary>
    public static readonly ErrorReason AgreementOtherProduct = new("AGREEMENT_OTHER_PRODUCT", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The agreement is for another purpose.</summary>
    public static readonly ErrorReason AgreementOtherPurpose = new("AGREEMENT_OTHER_PURPOSE", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The owner's offer of today no longer covers this caller or purpose.</summary>
    public static readonly ErrorReason OfferNarrowed = new("OFFER_NARROWED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The id belongs to an agreement with other content.</summary>
    public static readonly ErrorReason AgreementIdReused = new("AGREEMENT_ID_REUSED", StatusCode.AlreadyExists, ErrorKind.Refused);

    /// <summary>The terms name another owner, another consumer or a period that makes no sense.</summary>
    public static readonly ErrorReason AgreementInvalid = new("AGREEMENT_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>A signature does not hold under the signer's registered key.</summary>
    public static readonly ErrorReason AgreementSignatureInvalid = new("AGREEMENT_SIGNATURE_INVALID", StatusCode.PermissionDenied, ErrorKind.VerificationFailed);

    /// <summary>The offer is not the owner's current one.</summary>
    public static readonly ErrorReason OfferChanged = new("OFFER_CHANGED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The offer's last moment has passed.</summary>
    public static readonly ErrorReason OfferExpired = new("OFFER_EXPIRED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The owner has no offer for the product that the caller matches.</summary>
    public static readonly ErrorReason NoMatchingOffer = new("NO_MATCHING_OFFER", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>No matching offer allows the purpose.</summary>
    public static readonly ErrorReason PurposeNotOffered = new("PURPOSE_NOT_OFFERED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The participant is accredited for other purposes only.</summary>
    public static readonly ErrorReason PurposeNotAccredited = new("PURPOSE_NOT_ACCREDITED", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Only a participant with the role consumer may ask.</summary>
    public static readonly ErrorReason NotConsumer = new("NOT_CONSUMER", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Only the owner of the data decides about an agreement.</summary>
    public static readonly ErrorReason NotAgreementOwner = new("NOT_AGREEMENT_OWNER", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>Only the consumer of an agreement answers counter-offers and renews.</summary>
    public static readonly ErrorReason NotAgreementConsumer = new("NOT_AGREEMENT_CONSUMER", StatusCode.PermissionDenied, ErrorKind.Refused);

    /// <summary>The consumer holds as many live agreements with this owner as it may.</summary>
    public static readonly ErrorReason TooManyAgreements = new("TOO_MANY_AGREEMENTS", StatusCode.ResourceExhausted, ErrorKind.Refused);
}
