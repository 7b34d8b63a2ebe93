namespace Exchange.Privacy.SecureSums;

/// <summary>A secure sum, or one message of it, is refused. The message names participants and rounds, never a value, key or share.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">What happened, one sentence.</param>
public sealed class SecureSumException(SecureSumFault fault, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public SecureSumFault Fault { get; } = fault;
}
