using Exchange.Protocol.Errors;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Exchange.Identity.Hosting;

/// <summary>The one place where exceptions become statuses. What is not in the catalogue leaves without details.</summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> log) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (ExchangeException refusal)
        {
            Log.CallRefused(log, context.Method, refusal.Reason.Name);
            throw RpcErrors.ToRpcException(refusal);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw RpcErrors.ToRpcException(Reasons.Cancelled.Because("The call was cancelled.", "Call again."));
        }
        catch (Exception error) when (error is SqliteException or IOException)
        {
            Log.StorageFailed(log, error, context.Method);
            throw RpcErrors.ToRpcException(Reasons.StorageFailed.Because("The identity server could not write to its disk.", "Ask the operator to check its disk."));
        }
        catch (Exception error) when (error is not RpcException)
        {
            Log.CallFailed(log, error, context.Method);
            throw RpcErrors.ToRpcException(Reasons.Internal.Because("The identity server failed.", "Ask the operator for its log."));
        }
    }
}
