using Exchange.Protocol.Errors;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>The one place where exceptions become statuses. Callers learn reasons; what went wrong inside stays in the log.</summary>
internal sealed class ErrorInterceptor(NodeIdentity identity, ILogger<ErrorInterceptor> log) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw StatusFor(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw StatusFor(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw StatusFor(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw StatusFor(error, context);
        }
    }

    private RpcException StatusFor(Exception error, ServerCallContext context)
    {
        switch (error)
        {
            case ExchangeException refusal:
                log.CallRefused(identity.ParticipantId, context.Method, refusal.Reason.Name);
                return RpcErrors.ToRpcException(refusal);
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return RpcErrors.ToRpcException(DeadlinePassed(context)
                    ? Reasons.DeadlineExceeded.Because("The deadline passed.", "Ask again with a longer one.")
                    : Reasons.Cancelled.Because("The caller went away.", "Ask again."));
            default:
                log.CallFailed(error, identity.ParticipantId, context.Method);
                return RpcErrors.ToRpcException(Reasons.Internal.Because("The node failed to do this.", "See the node's log."));
        }
    }

    // gRPC measures deadlines with the system's clock.
    private static bool DeadlinePassed(ServerCallContext context) => context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime;
}
