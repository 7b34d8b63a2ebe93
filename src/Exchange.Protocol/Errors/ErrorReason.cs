using Grpc.Core;

namespace Exchange.Protocol.Errors;

/// <summary>What kind of ending an error is for the person at the terminal; the value is the exit code.</summary>
public enum ErrorKind
{
    /// <summary>The world failed: a disk, a bug, a lost file.</summary>
    Failed = 1,

    /// <summary>The caller wrote something that cannot be understood.</summary>
    BadInput = 2,

    /// <summary>Understood, and not allowed.</summary>
    Refused = 3,

    /// <summary>Somebody could not be reached, or too few answered.</summary>
    Unreachable = 4,

    /// <summary>Evidence does not hold.</summary>
    VerificationFailed = 5,
}

/// <summary>One entry of the error catalogue.</summary>
/// <param name="Name">Stable, upper case, never reused: the <c>reason</c> of google.rpc.ErrorInfo (AIP-193).</param>
/// <param name="Code">The gRPC status it travels with.</param>
/// <param name="Kind">Decides the exit code.</param>
public sealed record ErrorReason(string Name, StatusCode Code, ErrorKind Kind)
{
    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Makes the exception that carries this reason.</summary>
    /// <param name="message">What happened, one sentence, without data values, SQL literals or keys.</param>
    /// <param name="action">What to do, one sentence.</param>
    public ExchangeException Because(string message, string action) => new(this, message, action);
}
