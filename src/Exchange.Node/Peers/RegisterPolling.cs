using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Peers;

/// <summary>Keeps the register fresh and this node's endpoint in it right: every 10 seconds, for as long as the node runs.</summary>
internal sealed class RegisterPolling(RegisterCache register, NodeIdentity identity, NodeAddress address, IdentityLink link, TimeProvider time, ILogger<RegisterPolling> log)
    : BackgroundService
{
    /// <summary>Between two looks at the register.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private bool _failing;

    /// <summary>One round: fetch, and correct the endpoint where the register has another. Failures are logged, once per outage.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await register.RefreshAsync(cancellationToken).ConfigureAwait(false);
            await RegisterEndpointAsync(cancellationToken).ConfigureAwait(false);
            if (_failing)
            {
                _failing = false;
                log.IdentityBack(identity.ParticipantId);
            }
        }
        catch (ExchangeException error)
        {
            if (!_failing)
            {
                _failing = true;
                log.IdentityAway(identity.ParticipantId, error.Message);
            }
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
                await PollAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops, and the call under way with it.
        }
    }

    private async Task RegisterEndpointAsync(CancellationToken cancellationToken)
    {
        var known = register.Current.Find(identity.ParticipantId);
        if (address.Advertised is not { } endpoint || address.Public.Advertised is not { } publicEndpoint
            || (known?.Endpoint == endpoint && known.PublicEndpoint == publicEndpoint))
        {
            return;
        }

        try
        {
            await new RegisterService.RegisterServiceClient(link.Current.Invoker).UpdateEndpointAsync(
                new UpdateEndpointRequest { Endpoint = endpoint, PublicEndpoint = publicEndpoint }, deadline: Deadlines.After(Patience), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw RpcErrors.FromRpcException(error, "identity server");
        }

        await register.RefreshAsync(cancellationToken).ConfigureAwait(false);
    }
}
