using Exchange.Client;
using Exchange.Node.Hosting;
using Exchange.Protocol.Homes;

namespace Exchange.Cli.Hosting;

/// <summary>A node of this process and its owner's connection to it.</summary>
internal sealed class LocalNode(NodeHost host, Home home, TimeProvider time) : IAsyncDisposable
{
    private readonly Lazy<ExchangeClient> _client = new(() => ExchangeClient.Connect(home.Path, time));

    /// <summary>The node.</summary>
    public NodeHost Host { get; } = host;

    /// <summary>Connected on first use: in a large trial most owners only publish.</summary>
    public ExchangeClient Client => _client.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        await Host.DisposeAsync().ConfigureAwait(false);
    }
}
