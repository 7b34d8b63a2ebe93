using Grpc.Core;

namespace Exchange.Node.Peers;

/// <summary>Calls over a channel, each with the access token as a plain header.</summary>
internal sealed class BearerInvoker(CallInvoker channel, Metadata headers) : CallInvoker
{
    /// <inheritdoc/>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        channel.BlockingUnaryCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        channel.AsyncUnaryCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        channel.AsyncServerStreamingCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        channel.AsyncClientStreamingCall(method, host, WithToken(options));

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        channel.AsyncDuplexStreamingCall(method, host, WithToken(options));

    private CallOptions WithToken(CallOptions options)
    {
        if (options.Headers is null)
        {
            return options.WithHeaders(headers);
        }

        var all = new Metadata { headers[0] };
        foreach (var entry in options.Headers)
        {
            all.Add(entry);
        }

        return options.WithHeaders(all);
    }
}
