using Exchange.Protocol.Errors;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Agreements;

/// <summary>
/// As the node starts, and then every ten seconds: says what is owed to other nodes and due, and writes down the end of
/// agreements whose period is over, so that the log holds it. Nothing waits for the latter: an agreement past its end counts as
/// ended everywhere. At the start everything owed is due: who was away does not know what was tried meanwhile.
/// </summary>
internal sealed class AgreementUpkeep(
    AgreementOutbox outbox, AgreementDelivery delivery, AgreementStore agreements, AgreementIndex index, TimeProvider time, ILogger<AgreementUpkeep> logger) : BackgroundService
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Most ends that one round writes.</summary>
    private const int EndsMax = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var hurry = true;
        do
        {
            try
            {
                if (hurry)
                {
                    await outbox.HurryAsync(stoppingToken).ConfigureAwait(false);
                    hurry = false;
                }

                await delivery.DeliverDueAsync(stoppingToken).ConfigureAwait(false);
                await WriteEndsAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is ExchangeException or SqliteException)
            {
                // The next round tries again; a node goes on answering meanwhile.
                Log.UpkeepFailed(logger, error is ExchangeException known ? known.Reason.Name : Reasons.StorageFailed.Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task WriteEndsAsync(CancellationToken cancellationToken)
    {
        foreach (var id in index.Due(time.GetUtcNow(), EndsMax))
        {
            await agreements.ChangeAsync(id, (_, stored) => EndOf(stored), cancellationToken).ConfigureAwait(false);
        }
    }

    private AgreementChange? EndOf(AgreementRecord? stored)
    {
        var now = time.GetUtcNow();
        return stored is null || stored.At(now) == stored.Written
            ? null
            : AgreementChange.Of(stored.Agreement, stored.Written, [AgreementEvent.Expire], null, now, owed: false);
    }
}
