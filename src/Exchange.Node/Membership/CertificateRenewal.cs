using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Tls;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Membership;

/// <summary>
/// Gets a new certificate for a new key when two thirds of the old one's time have passed (20 of 30 days), trying again every
/// hour. The pair is on disk before it is used, so a crash leaves a pair that works: the old one stays valid for ten more days.
/// </summary>
internal sealed class CertificateRenewal(Home home, NodeIdentity identity, PeerClients peers, StateStore state, AccessLog access, TimeProvider time, ILogger<CertificateRenewal> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _oneRenewal = new(1);

    /// <summary>When a certificate is to be replaced.</summary>
    public static DateTimeOffset DueTime(X509Certificate2 certificate) =>
        new DateTimeOffset(certificate.NotBefore) + ((certificate.NotAfter - certificate.NotBefore) * 2 / 3);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await RenewIfDueAsync(stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops, and the call under way with it.
        }
    }

    /// <summary>Renews when it is time; a failure is logged. One renewal at a time.</summary>
    public async Task RenewIfDueAsync(CancellationToken cancellationToken)
    {
        await _oneRenewal.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (time.GetUtcNow() < DueTime(identity.Certificate))
            {
                return;
            }

            await RenewAsync(cancellationToken).ConfigureAwait(false);
            log.CertificateRenewed(identity.ParticipantId, identity.Certificate.NotAfter.ToUniversalTime());
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested
            && (error is ExchangeException or IOException or UnauthorizedAccessException or CryptographicException))
        {
            log.RenewalFailed(identity.ParticipantId, identity.Certificate.NotAfter.ToUniversalTime(), error.Message);
        }
        finally
        {
            _oneRenewal.Release();
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        using var order = new CertificateOrder(identity.ParticipantId);
        RenewCertificateResponse response;
        try
        {
            response = await new EnrolmentService.EnrolmentServiceClient(peers.Identity).RenewCertificateAsync(
                new RenewCertificateRequest { CertificateRequest = ByteString.CopyFrom(order.Request) },
                deadline: Deadlines.After(Patience),
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw RpcErrors.FromRpcException(error, "identity server");
        }

        var renewed = order.Fulfil(response.Certificate.ToByteArray(), identity.Ca, time.GetUtcNow());
        home.SaveCertificate(renewed);
        await state.WriteAsync(connection => access.Append(connection, "certificate.renewed", new JsonObject
        {
            ["thumbprint"] = MutualTls.ThumbprintOf(renewed),
            ["before"] = MutualTls.ThumbprintOf(identity.Certificate),
        }), CancellationToken.None).ConfigureAwait(false);
        identity.Replace(renewed);
    }
}
