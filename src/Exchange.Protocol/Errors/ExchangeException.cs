namespace Exchange.Protocol.Errors;

/// <summary>A refusal or a failure with a stable reason, a sentence on what happened and one on what to do.</summary>
public sealed class ExchangeException(ErrorReason reason, string message, string action, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The catalogue entry.</summary>
    public ErrorReason Reason { get; } = reason;

    /// <summary>What to do, one sentence.</summary>
    public string Action { get; } = action;
}
