using Exchange.Protocol.Homes;

namespace Exchange.Node.Hosting;

/// <summary>A running node.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    /// <summary>Takes the home, binds the listener, registers the endpoint and serves.</summary>
    public static Task<NodeHost> StartAsync(Home home, NodeHostOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The bound address of the listener for peers, <c>https://ip:port</c>.</summary>
    public string Endpoint => throw new NotImplementedException();

    /// <summary>Returns when the process is told to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
