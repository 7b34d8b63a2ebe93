using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Microsoft.Extensions.Logging;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Agreements;

/// <summary>As owner: tells consumers of decisions. What could not be told stays marked in the state and is tried again.</summary>
internal sealed class AgreementNotices(
    AgreementStore agreements, AgreementIndex index, PeerClients peers, NodeIdentity identity, TimeProvider time, ILogger<AgreementNotices> logger)
{
    /// <summary>How long a consumer's node may take; the owner who decides waits for it.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    /// <summary>Most notices of one round, and most at once.</summary>
    private const int RoundMax = 100;
    private const int AtOnceMax = 8;

    /// <summary>Tells the consumer once; never throws for the consumer's sake.</summary>
    public async Task TellAsync(AgreementRecord agreement, CancellationToken cancellationToken)
    {
        var consumer = agreement.Terms.Consumer;
        if (consumer == identity.ParticipantId)
        {
            return;
        }

        try
        {
            await PeerCall.RunAsync($"node of {consumer}", Deadline, time, SendAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (error.Reason.Kind is ErrorKind.Unreachable or ErrorKind.Failed)
        {
            Log.NoticeUnsent(logger, agreement.Id, consumer, error.Reason.Name);
            return;
        }
        catch (ExchangeException error)
        {
            // The consumer heard it and wants nothing of it: saying it again would change nothing.
            Log.NoticeRefused(logger, agreement.Id, consumer, error.Reason.Name);
        }

        await index.MarkSentAsync(agreement, cancellationToken).ConfigureAwait(false);

        async Task<NotifyAgreementResponse> SendAsync(CancellationToken token) =>
            await new AgreementClient(await peers.ForAsync(consumer, token).ConfigureAwait(false))
                .NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = agreement.Agreement }, cancellationToken: token).ConfigureAwait(false);
    }

    /// <summary>Tries again what could not be told.</summary>
    public async Task TellAllAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(index.Unsent(RoundMax), options, async (id, token) =>
        {
            if (agreements.Find(id) is { } agreement)
            {
                await TellAsync(agreement, token).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }
}
