using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Peers;

/// <summary>
/// The register as this node knows it: polled every 10 seconds, verified with the operator's key, never replaced by an older
/// one, kept on disk so that the node also starts while the identity server is away.
/// </summary>
internal sealed class RegisterCache
{
    /// <summary>Without contact for longer than this, the outage rule applies.</summary>
    public static readonly TimeSpan OutageAfter = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DemandInterval = TimeSpan.FromSeconds(1);

    private readonly Home _home;
    private readonly NodeIdentity _identity;
    private readonly IdentityLink _link;
    private readonly TimeProvider _time;
    private readonly ILogger<RegisterCache> _log;
    private readonly SemaphoreSlim _oneFetch = new(1);
    private volatile RegisterView _current;
    private long _lastFetchTicks = DateTimeOffset.MinValue.UtcTicks;
    private long _lastDemand;
    private bool _everDemanded;

    /// <summary>Begins with the register on disk; contact counts as never made.</summary>
    public RegisterCache(Home home, NodeIdentity identity, IdentityLink link, TimeProvider time, ILogger<RegisterCache> log)
    {
        _home = home;
        _identity = identity;
        _link = link;
        _time = time;
        _log = log;
        _current = LoadFromDisk();
    }

    /// <summary>Raised after a newer register was taken over, on the fetching thread; handlers are quick and do not throw.</summary>
    public event Action<RegisterView>? Changed;

    /// <summary>The newest verified register.</summary>
    public RegisterView Current => _current;

    /// <summary>When the identity server last answered; <see cref="DateTimeOffset.MinValue"/> when it has not since this process began.</summary>
    public DateTimeOffset LastFetch => new(Interlocked.Read(ref _lastFetchTicks), TimeSpan.Zero);

    /// <summary>Whether contact was lost for so long that the outage rule applies.</summary>
    public bool IsIdentityOut => _time.GetUtcNow() - LastFetch > OutageAfter;

    /// <summary>Fetches now, for instance after publishing a product.</summary>
    /// <exception cref="ExchangeException">The identity server could not be reached or its register does not verify.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _oneFetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneFetch.Release();
        }
    }

    /// <summary>
    /// Fetches because something is missing here that may be new in the register. At most once a second, and never fails:
    /// who asks looks again afterwards and refuses what is still missing.
    /// </summary>
    public async Task RefreshOnDemandAsync(CancellationToken cancellationToken)
    {
        await _oneFetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_everDemanded || _time.GetElapsedTime(_lastDemand) >= DemandInterval)
            {
                (_everDemanded, _lastDemand) = (true, _time.GetTimestamp());
                await FetchAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ExchangeException error)
        {
            _log.RegisterNotFetched(_identity.ParticipantId, error.Message);
        }
        finally
        {
            _oneFetch.Release();
        }
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        GetRegisterResponse response;
        try
        {
            response = await new RegisterService.RegisterServiceClient(_link.Current.Invoker).GetRegisterAsync(
                new GetRegisterRequest { KnownVersion = _current.Snapshot.Version }, deadline: Deadlines.After(Patience), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw RpcErrors.FromRpcException(error, "identity server");
        }

        if (response.Register is not null)
        {
            Accept(RegisterView.Verify(response.Register, _identity.OperatorKey));
        }

        Interlocked.Exchange(ref _lastFetchTicks, _time.GetUtcNow().UtcTicks);
    }

    private void Accept(RegisterView fetched)
    {
        if (fetched.Snapshot.Version < _current.Snapshot.Version)
        {
            throw Reasons.RegisterInvalid.Because(
                "The register from the identity server is older than the one this node holds.", "Tell the operator: the identity server went back in time.");
        }

        _current = fetched;
        try
        {
            _home.WritePrivate(_home.RegisterFile, fetched.Signed.ToByteArray());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.RegisterNotSaved(_identity.ParticipantId, error.Message);
        }

        Changed?.Invoke(fetched);
    }

    private RegisterView LoadFromDisk()
    {
        try
        {
            return RegisterView.Verify(SignedBytes.Parser.ParseFrom(File.ReadAllBytes(_home.RegisterFile)), _identity.OperatorKey);
        }
        catch (Exception error) when (error is IOException or InvalidProtocolBufferException or ExchangeException)
        {
            _log.RegisterNotLoaded(_identity.ParticipantId, error.Message);
            return RegisterView.Empty;
        }
    }
}
