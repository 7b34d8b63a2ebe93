using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Hosting;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;

namespace Exchange.Tests.Support;

/// <summary>A joined participant's node in a test: it can be stopped and started again on its home.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly NodeHostOptions _options;
    private GrpcChannel? _ownerChannel;
    private NodeHost? _host;

    /// <summary>Not running yet: see <see cref="StartAsync"/>.</summary>
    public TestNode(string id, Home home, NodeHostOptions options)
    {
        Id = id;
        Home = home;
        _options = options;
    }

    /// <summary>Participant id.</summary>
    public string Id { get; }

    /// <summary>Its home folder.</summary>
    public Home Home { get; }

    /// <summary>The running node.</summary>
    public NodeHost Host => _host ?? throw new InvalidOperationException($"The node of {Id} is stopped.");

    /// <summary>Calls the node as its owner.</summary>
    public CallInvoker Owner => (_ownerChannel ??= Connect(null)).CreateCallInvoker();

    /// <summary>Starts it.</summary>
    public async Task StartAsync(CancellationToken cancellationToken) => _host = await NodeHost.StartAsync(Home, _options, cancellationToken);

    /// <summary>Starts it as its operator would who made its program pay no heed to witnesses.</summary>
    public async Task StartHeedlessAsync(CancellationToken cancellationToken) => _host = await NodeHost.StartAsync(Home, _options with { IgnoresWitnesses = true }, cancellationToken);

    /// <summary>Lets every later start bind the port of this one: peers cannot learn a new one in an outage.</summary>
    public void KeepPort()
    {
        var settings = HomeSettings.Load(Home);
        settings.Endpoint = Host.Endpoint;
        settings.Save(Home);
    }

    /// <summary>Starts it again at the same port with all it knows but the rows of its datasets.</summary>
    public async Task RestartWithoutRowsAsync(CancellationToken cancellationToken)
    {
        KeepPort();
        await StopAsync();
        Directory.Delete(Path.Combine(Home.Path, "data"), recursive: true);
        await StartAsync(cancellationToken);
    }

    /// <summary>Stops it; its home stays.</summary>
    public async Task StopAsync()
    {
        _ownerChannel?.Dispose();
        _ownerChannel = null;
        if (_host is not null)
        {
            await _host.DisposeAsync();
            _host = null;
        }
    }

    /// <summary>A channel to this node with another participant's certificate (null: this one's own), and no token.</summary>
    public GrpcChannel Connect(TestNode? caller, Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor((caller ?? this).Home.LoadCertificate(), Home.LoadCa(), Identifiers.TlsNameOf(Id), _options.Time),
            DisposeHttpClient = true,
        };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(Host.Endpoint, options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();
}
