using System.Net.Sockets;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>A running node.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    private static readonly TimeSpan FirstContactPatience = TimeSpan.FromSeconds(5);

    private readonly Home _home;
    private readonly IDisposable _lock;
    private readonly NodeIdentity _identity;
    private readonly NodeAddress _address;
    private readonly WebApplication _application;
    private bool _serving;
    private int _disposed;

    private NodeHost(Home home, IDisposable taken, NodeIdentity identity, NodeAddress address, WebApplication application)
    {
        _home = home;
        _lock = taken;
        _identity = identity;
        _address = address;
        _application = application;
    }

    /// <summary>Takes the home, binds the listener, registers the endpoint and serves.</summary>
    /// <exception cref="ExchangeException"><c>HOME_MISMATCH</c>, <c>HOME_IN_USE</c>, <c>PORT_IN_USE</c>, <c>SETTINGS_INVALID</c>, <c>STORAGE_FAILED</c>, <c>LOG_TAMPERED</c>.</exception>
    /// <remarks>
    /// 1. Settings, lock, keys. 2. The socket. 3. Contact with the identity server: the register, so that the outage rule does
    /// not apply at an ordinary start, and this node's endpoint in it. Without identity server the register on disk does, and
    /// the poll makes up for it later. 4. The services. 5. <c>node.json</c>, for the owner's programs.
    /// </remarks>
    public static async Task<NodeHost> StartAsync(Home home, NodeHostOptions options, CancellationToken cancellationToken)
    {
        var settings = HomeSettings.Load(home);
        if (settings.Kind != HomeKind.Participant)
        {
            throw Reasons.HomeMismatch.Because($"The home {home.Path} is the identity server's.", "Serve it with `exchange identity serve`, or name a participant's home with --home.");
        }

        var address = NodeAddress.From(settings);
        var taken = home.Lock();
        NodeIdentity? identity = null;
        Socket? socket = null, publicSocket = null;
        NodeHost? host = null;
        try
        {
            identity = NodeIdentity.Load(home, settings);
            socket = NodeSocket.Open(address);
            publicSocket = NodeSocket.Open(address.Public);
            host = new NodeHost(home, taken, identity, address, NodeApplication.Build(home, settings, identity, address, [socket, publicSocket], options));
            await host.ServeAsync(cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }

            socket?.Dispose();
            publicSocket?.Dispose();
            identity?.Dispose();
            taken.Dispose();
            throw;
        }
    }

    /// <summary>The bound address of the listener for peers, <c>https://ip:port</c>.</summary>
    public string Endpoint => _address.Local!;

    /// <summary>The bound address of the public pages, <c>https://ip:port</c>.</summary>
    public string PublicEndpoint => _address.Public.Local!;

    /// <summary>For tests of this node's inside.</summary>
    internal IServiceProvider Services => _application.Services;

    /// <summary>Fetches the register now instead of at the next poll, for a program that hosts many nodes and has just changed it.</summary>
    /// <exception cref="ExchangeException">The identity server could not be reached or its register does not verify.</exception>
    public Task RefreshRegisterAsync(CancellationToken cancellationToken) => Services.GetRequiredService<RegisterCache>().RefreshAsync(cancellationToken);

    /// <summary>Returns when the token is cancelled, or when the node has stopped by itself because a part of it broke.</summary>
    /// <exception cref="ExchangeException"><c>LOG_TAMPERED</c> when it has stopped because a witness knows another past of its access log.</exception>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken)
    {
        await _application.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        if (Services.GetRequiredService<Audit.AccessLog>().Halted is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        RunningProcess.Clear(_home);
        if (_serving)
        {
            await _application.StopAsync().ConfigureAwait(false);
        }

        await _application.DisposeAsync().ConfigureAwait(false);
        _identity.Dispose();
        _lock.Dispose();
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        // A log that is not the one that was signed is found before anybody is answered.
        _ = Services.GetRequiredService<Audit.AccessLog>();
        Services.GetRequiredService<Audit.LogKeyRotation>().TakeUp();
        await ContactIdentityAsync(cancellationToken).ConfigureAwait(false);
        await Services.GetRequiredService<Witnesses.Witnessing>().RequireUnseenAsync(cancellationToken).ConfigureAwait(false);
        await _application.StartAsync(cancellationToken).ConfigureAwait(false);
        _serving = true;
        new RunningProcess(Endpoint, Environment.ProcessId, PublicEndpoint).Save(_home);
        Services.GetRequiredService<ILogger<NodeHost>>().Listening(_identity.ParticipantId, Endpoint);
    }

    private async Task ContactIdentityAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(FirstContactPatience);
        try
        {
            await Services.GetRequiredService<RegisterPolling>().PollAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // An identity server that hangs costs a start five seconds; the poll goes on trying.
        }
    }
}
