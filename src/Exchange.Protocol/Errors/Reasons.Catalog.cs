using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The register has no product of that name and major version.</summary>
    public static readonly ErrorReason ProductUnknown = new("PRODUCT_UNKNOWN", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>This node has no dataset for the product.</summary>
    public static readonly ErrorReason DatasetUnknown = new("DATASET_UNKNOWN", StatusCode.NotFound, ErrorKind.Refused);

    /// <summary>The owner took the dataset out of service.</summary>
    public static readonly ErrorReason DatasetRetired = new("DATASET_RETIRED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Another source is being published for the same product.</summary>
    public static readonly ErrorReason PublishInProgress = new("PUBLISH_IN_PROGRESS", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The terms of an offer break a rule; the sentence names the clause.</summary>
    public static readonly ErrorReason OfferInvalid = new("OFFER_INVALID", StatusCode.InvalidArgument, ErrorKind.BadInput);

    /// <summary>The offer of that name is for another product.</summary>
    public static readonly ErrorReason OfferOtherProduct = new("OFFER_OTHER_PRODUCT", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>The node holds as many entries of that sort as it may.</summary>
    public static readonly ErrorReason NodeFull = new("NODE_FULL", StatusCode.ResourceExhausted, ErrorKind.Refused);
}
