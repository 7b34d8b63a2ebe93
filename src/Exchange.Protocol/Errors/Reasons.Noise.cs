using Grpc.Core;

namespace Exchange.Protocol.Errors;

public static partial class Reasons
{
    /// <summary>The privacy budget of the agreement or of the dataset does not cover the question.</summary>
    public static readonly ErrorReason BudgetExhausted = new("BUDGET_EXHAUSTED", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>Noisy and exact answers about the same rows end the promise of the noisy ones.</summary>
    public static readonly ErrorReason NoisyBesideExact = new("NOISY_BESIDE_EXACT", StatusCode.FailedPrecondition, ErrorKind.Refused);

    /// <summary>A figure is asked for whose values have no bounds, so that no noise can hide one of them.</summary>
    public static readonly ErrorReason BoundsMissing = new("BOUNDS_MISSING", StatusCode.FailedPrecondition, ErrorKind.Refused);
}
