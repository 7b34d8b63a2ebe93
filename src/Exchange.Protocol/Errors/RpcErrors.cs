using System.Security.Authentication;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Exchange.Protocol.Errors;

/// <summary>Errors on the wire: google.rpc.Status with an ErrorInfo, as AIP-193 says.</summary>
public static class RpcErrors
{
    private const string Domain = "exchange";
    private const string ActionKey = "action";

    /// <summary>The status that carries this error to the other side.</summary>
    public static RpcException ToRpcException(ExchangeException error) => new Google.Rpc.Status
    {
        Code = (int)error.Reason.Code,
        Message = error.Message,
        Details =
        {
            Any.Pack(new ErrorInfo
            {
                Reason = error.Reason.Name,
                Domain = Domain,
                Metadata = { [ActionKey] = error.Action },
            }),
        },
    }.ToRpcException();

    /// <summary>
    /// The error that the other side sent. A status without our ErrorInfo (a lost connection, a deadline) becomes
    /// <see cref="Reasons.Unreachable"/>, <see cref="Reasons.DeadlineExceeded"/>, <see cref="Reasons.Cancelled"/> or a plain failure.
    /// </summary>
    /// <param name="error">What the gRPC client threw.</param>
    /// <param name="whom">Who was called, for the sentence: "node of ewr".</param>
    public static ExchangeException FromRpcException(RpcException error, string whom)
    {
        var info = error.GetRpcStatus()?.GetDetail<ErrorInfo>();
        if (info is { Domain: Domain })
        {
            return new ExchangeException(Reasons.Named(info.Reason, error.StatusCode), error.Status.Detail,
                info.Metadata.TryGetValue(ActionKey, out var action) ? action : "", error);
        }

        if (IsCausedBy<AuthenticationException>(error))
        {
            return new(Reasons.Unreachable, $"The server at the address of the {whom} does not prove to be it.", "Tell its owner: the address belongs to another server, or its certificate ran out.", error);
        }

        return error.StatusCode switch
        {
            // A connection that breaks while the call begins, as after a refused certificate, is now the one and now the other.
            StatusCode.Unavailable or StatusCode.Internal when error.StatusCode == StatusCode.Unavailable || IsCausedBy<IOException>(error) || IsCausedBy<HttpRequestException>(error) =>
                new(Reasons.Unreachable, $"The {whom} could not be reached.", "Check that it runs and that its address is right.", error),
            StatusCode.DeadlineExceeded => new(Reasons.DeadlineExceeded, $"The {whom} did not answer in time.", "Ask again with a longer deadline.", error),
            StatusCode.Cancelled => new(Reasons.Cancelled, $"The call to the {whom} was cancelled.", "Ask again.", error),
            StatusCode.Unimplemented => new(Reasons.NotServedYet, $"The {whom} does not offer this call.", "Bring both sides to the same version.", error),
            StatusCode.ResourceExhausted => new(Reasons.InvalidRequest, $"A message to or from the {whom} is too large.", "Ask for less.", error),
            _ => new(Reasons.Internal, $"The call to the {whom} failed ({error.StatusCode}).", "See that node's log.", error),
        };
    }

    // A failed TLS handshake reaches the gRPC client as an internal error; it is the world's fault, not that node's.
    private static bool IsCausedBy<T>(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is T)
            {
                return true;
            }
        }

        return false;
    }
}
