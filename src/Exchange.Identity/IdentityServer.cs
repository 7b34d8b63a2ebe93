using System.Net;
using System.Net.Sockets;
using Exchange.Identity.Authority;
using Exchange.Identity.Hosting;
using Exchange.Identity.Register;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Identity;

/// <summary>A running identity server: member register, enrolment, tokens. It holds its home until it is disposed.</summary>
public sealed class IdentityServer : IAsyncDisposable
{
    private readonly Home _home;
    private readonly IDisposable _lock;
    private readonly WebApplication _app;

    private IdentityServer(Home home, IDisposable homeLock, WebApplication app, string endpoint)
    {
        _home = home;
        _lock = homeLock;
        _app = app;
        Endpoint = endpoint;
    }

    /// <summary>The bound address as this machine dials it, <c>https://ip:port</c>; a wildcard address shows as the loopback one.</summary>
    public string Endpoint { get; }

    /// <summary>Starts serving a home that <see cref="IdentityHome.Init"/> made, and writes its address to <c>node.json</c>.</summary>
    /// <param name="home">The home; locked until this is disposed.</param>
    /// <param name="time">The clock for certificates, codes and tokens.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <param name="logging">Where logs go; nowhere by default.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.HomeInUse"/>, <see cref="Reasons.HomeMismatch"/>,
    /// <see cref="Reasons.PortInUse"/>, <see cref="Reasons.SettingsInvalid"/>.</exception>
    public static async Task<IdentityServer> StartAsync(Home home, TimeProvider time, CancellationToken cancellationToken, Action<ILoggingBuilder>? logging = null)
    {
        var settings = HomeSettings.Load(home);
        if (settings.Kind != HomeKind.Identity)
        {
            throw Reasons.HomeMismatch.Because($"The home {home.Path} is a participant's, not an identity server's.", "Name the identity server's home with --home.");
        }

        var addresses = ServerAddresses.From(settings);
        var homeLock = home.Lock();
        Socket? socket = null;
        WebApplication? app = null;
        try
        {
            socket = ListenSocket.Open(addresses.Listen);
            using (var authority = CertificateAuthority.Load(home, time))
            {
                authority.RenewForServer(home);
            }

            var bound = (IPEndPoint)socket.LocalEndPoint!;
            app = IdentityHost.Build(home, socket, new ServerIdentity(addresses.IssuerAt(bound.Port)), time, logging);

            // Signing the register once touches the database and every key: a damaged home fails here and not at the first caller.
            app.Services.GetRequiredService<SignedRegister>().Current();
            await app.StartAsync(cancellationToken);
            var endpoint = ServerAddresses.DialOf(bound);
            new RunningProcess(endpoint, Environment.ProcessId).Save(home);
            return new IdentityServer(home, homeLock, app, endpoint);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            socket?.Dispose();
            homeLock.Dispose();
            throw;
        }
    }

    /// <summary>Returns when the token is cancelled or the server has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        RunningProcess.Clear(_home);
        await _app.StopAsync();
        await _app.DisposeAsync();
        ClientDatabase.Release(AuthorityFiles.ClientDatabase(_home));
        _lock.Dispose();
    }
}
