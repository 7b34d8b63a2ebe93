using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Exchange.Node.Audit;

/// <summary>
/// Gives the access log a new key, step by step so that a crash between any two leaves a rotation that is taken up again:
/// 1 the new key is on disk beside the old one, 2 it is in the register, signed by both, 3 it is in the log: leaf
/// <c>key.rotated</c>, signed by both inside, under a checkpoint signed by both, 4 both sign for a minute, while peers fetch the
/// register, 5 the new key takes the old one's place. It begins when the owner asks, and by itself when the key has its age.
/// </summary>
internal sealed class LogKeyRotation(Home home, NodeIdentity identity, AccessLog log, StateStore state, PeerClients peers, RegisterCache register, NodeHostOptions options, TimeProvider time) : BackgroundService
{
    /// <summary>How long both keys sign.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1);
    private SigningKey? _next;
    private bool _isLogged;

    /// <summary>Takes up a rotation that the process before did not end; nothing is signed before.</summary>
    public void TakeUp()
    {
        if (!File.Exists(home.NextLogKeyFile))
        {
            return;
        }

        _next = SigningKey.FromSeed(File.ReadAllBytes(home.NextLogKeyFile));
        _isLogged = log.IsSignedWith(_next);
        if (_isLogged)
        {
            log.GoOnSigningWith(_next);
        }
    }

    /// <summary>Begins a rotation, or goes on with the one under way, as far as the leaf.</summary>
    /// <returns>The new key's id.</returns>
    /// <exception cref="ExchangeException">The identity server could not be reached, or refused; asking again goes on.</exception>
    public async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // 1
            if (_next is null)
            {
                var key = SigningKey.Create();
                var seed = key.ExportSeed();
                home.WritePrivate(home.NextLogKeyFile, seed);
                CryptographicOperations.ZeroMemory(seed);
                _next = key;
            }

            if (!_isLogged)
            {
                await RegisterAsync(_next, cancellationToken).ConfigureAwait(false);
                await LogAsync(_next).ConfigureAwait(false);
            }

            return _next.KeyId;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>When the key in use is to be replaced, by the register; null while the register has no such key.</summary>
    public DateTimeOffset? DueTime => Listed(identity.LogKey)?.FromTime.ToDateTimeOffset() + options.LogKeyAgeMax;

    /// <summary>One look: begins a rotation that is due, goes on with one that was interrupted, and ends one whose overlap is over.</summary>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_next is null && !(time.GetUtcNow() >= DueTime))
        {
            return;
        }

        _ = await BeginAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // 5
            if (_next is { } next && Listed(next) is { } listed && time.GetUtcNow() >= listed.FromTime.ToDateTimeOffset() + Overlap)
            {
                File.Move(home.NextLogKeyFile, home.LogKeyFile, overwrite: true);
                identity.ReplaceLogKey(next);
                log.SignOnlyWithNext();
                (_next, _isLogged) = (null, false);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                try
                {
                    await AdvanceAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (ExchangeException)
                {
                    // The identity server is away: the next round tries again, and whoever asked for the rotation was told.
                }
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops, and the call under way with it.
        }
    }

    private ParticipantKey? Listed(SigningKey key) => register.Current.Find(identity.ParticipantId)?.Keys.FirstOrDefault(listed => listed.KeyId == key.KeyId);

    // 2
    private async Task RegisterAsync(SigningKey next, CancellationToken cancellationToken)
    {
        var signed = SignedMessage.ToBeSigned(SignedMessage.LogKey, next.PublicKey);
        try
        {
            await new EnrolmentService.EnrolmentServiceClient(peers.Identity).RotateLogKeyAsync(
                new RotateLogKeyRequest
                {
                    LogPublicKey = ByteString.CopyFrom(next.PublicKey),
                    LogProof = ByteString.CopyFrom(next.Sign(signed)),
                    PreviousProof = ByteString.CopyFrom(identity.LogKey.Sign(signed)),
                },
                deadline: Deadlines.After(Patience),
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw RpcErrors.FromRpcException(error, "identity server");
        }

        await register.RefreshAsync(cancellationToken).ConfigureAwait(false);
    }

    // 3
    private async Task LogAsync(SigningKey next)
    {
        var signed = SignedMessage.ToBeSigned(SignedMessage.LogKey, next.PublicKey);
        var before = identity.LogKey;
        await state.WriteAsync(connection =>
        {
            log.Append(connection, "key.rotated", new JsonObject
            {
                ["key_id"] = next.KeyId,
                ["public_key"] = Convert.ToBase64String(next.PublicKey),
                ["before"] = before.KeyId,
                ["signature"] = Convert.ToBase64String(next.Sign(signed)),
                ["signature_before"] = Convert.ToBase64String(before.Sign(signed)),
            });
            log.SignAlsoWith(next);
        }, CancellationToken.None).ConfigureAwait(false);
        _isLogged = true;
    }
}
