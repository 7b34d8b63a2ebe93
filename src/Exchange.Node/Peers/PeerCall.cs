using Exchange.Protocol.Errors;
using Grpc.Core;

namespace Exchange.Node.Peers;

/// <summary>One outgoing call with a limit of time, whose every failure is an <see cref="ExchangeException"/>.</summary>
internal static class PeerCall
{
    /// <summary>Runs the call and cancels it, also at the other side, when the limit passes.</summary>
    /// <param name="whom">Who is called, for the sentence: "node of ewr".</param>
    /// <param name="limit">Longest time.</param>
    /// <param name="time">The clock that measures it.</param>
    /// <param name="call">The call; passes its token on.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    /// <exception cref="ExchangeException">What the other side said, <c>UNREACHABLE</c> or <c>DEADLINE_EXCEEDED</c>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<T> RunAsync<T>(
        string whom, TimeSpan limit, TimeProvider time, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } && either.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ExchangeException(Reasons.DeadlineExceeded, $"The {whom} did not answer in time.", "Try again later.", error);
        }
        catch (RpcException error)
        {
            throw RpcErrors.FromRpcException(error, whom);
        }
    }
}
