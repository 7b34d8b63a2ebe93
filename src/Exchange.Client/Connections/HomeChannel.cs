using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;

namespace Exchange.Client.Connections;

/// <summary>
/// A connection to the process that serves a home, shown by the home's own certificate: whoever can read the home is its owner.
/// Every failure comes out as an <see cref="ExchangeException"/>.
/// </summary>
internal sealed class HomeChannel : IDisposable
{
    /// <summary>Largest message accepted, in bytes: a register may have 16 MiB, an answer a little more.</summary>
    public const int MessageBytesMax = 32 << 20;

    /// <summary>How long an ordinary call may take.</summary>
    public static readonly TimeSpan CallTimeMax = TimeSpan.FromMinutes(2);

    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2 _ca;
    private readonly GrpcChannel _channel;
    private readonly TimeProvider _time;
    private readonly string _startCommand;

    private HomeChannel(Home home, HomeSettings settings, string endpoint, string peerName, string startCommand, TimeProvider time)
    {
        Home = home;
        Settings = settings;
        _time = time;
        _startCommand = startCommand;
        _certificate = home.LoadCertificate();
        _ca = home.LoadCa();
        _channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(_certificate, _ca, peerName, time),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MessageBytesMax,
        });
    }

    /// <summary>The home whose process is called.</summary>
    public Home Home { get; }

    /// <summary>Its settings.</summary>
    public HomeSettings Settings { get; }

    /// <summary>The channel, for making service clients.</summary>
    public GrpcChannel Channel => _channel;

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Opens a home of that kind and prepares the connection; nothing is sent yet.</summary>
    /// <param name="path">The home folder.</param>
    /// <param name="kind">What sort of home it must be.</param>
    /// <param name="peerNameOf">The DNS name that the process's certificate must carry.</param>
    /// <param name="serveVerb">The verb that starts the process, for the sentence when none runs.</param>
    /// <param name="time">The clock.</param>
    public static HomeChannel Open(string path, HomeKind kind, Func<HomeSettings, string> peerNameOf, string serveVerb, TimeProvider time)
    {
        var home = Home.Open(path);
        var settings = HomeSettings.Load(home);
        if (settings.Kind != kind)
        {
            throw Reasons.HomeMismatch.Because(
                kind == HomeKind.Identity ? $"The home {home.Path} is not an identity server's." : $"The home {home.Path} is the identity server's, not a participant's.",
                "Name the right home with --home.");
        }

        var startCommand = $"exchange --home {home.Path} {serveVerb}";
        var running = RunningProcess.Load(home) ?? throw NotRunning(home.Path, startCommand, null);
        try
        {
            return new HomeChannel(home, settings, running.Endpoint, peerNameOf(settings), startCommand, time);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new ExchangeException(Reasons.SettingsInvalid, $"The certificate or key of the home {home.Path} cannot be read.", "Restore the home's tls folder, or join again in a new folder.", error);
        }
    }

    /// <summary>Makes one call with a deadline and translates its failure.</summary>
    public async Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken, TimeSpan? timeMax = null)
    {
        try
        {
            using var running = call(Options(timeMax ?? CallTimeMax, cancellationToken));
            return await running.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw Translate(error, cancellationToken);
        }
    }

    /// <summary>Options of a call: deadline and cancellation.</summary>
    public CallOptions Options(TimeSpan timeMax, CancellationToken cancellationToken) =>
        new(deadline: _time.GetUtcNow().UtcDateTime + timeMax, cancellationToken: cancellationToken);

    /// <summary>What a failed call means to the person at the terminal.</summary>
    public Exception Translate(RpcException error, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException("The call was cancelled.", error, cancellationToken);
        }

        // Without an ErrorInfo of ours, "unavailable" means that nobody listens: the process died and left its node.json.
        return error.StatusCode == StatusCode.Unavailable && error.GetRpcStatus() is null
            ? NotRunning(Home.Path, _startCommand, error)
            : RpcErrors.FromRpcException(error, $"process of {Home.Path}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        _certificate.Dispose();
        _ca.Dispose();
    }

    private static ExchangeException NotRunning(string home, string startCommand, Exception? cause) =>
        new(Reasons.NodeNotRunning, $"No process serves the home {home}.", $"Start it with `{startCommand}`.", cause);
}
