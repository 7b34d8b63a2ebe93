using Exchange.Engines;
using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Catalog;

/// <summary>
/// Removes parts that nobody reads any more: at start what was left, and later what a publication took the place of, once every query that
/// began before has ended. Figures of a safe table may be of old rows; those stay for as long as they are. Opens no engine.
/// </summary>
internal sealed class DatasetSweep(DatasetPublishing publishing, EngineSet engines, NodeLimits limits, TimeProvider time, ILogger<DatasetSweep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TryAsync(publishing.SweepAsync().WaitAsync(stoppingToken)).ConfigureAwait(false);
        await foreach (var parts in publishing.Spare.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            await Task.Delay(limits.DeadlineMax, time, stoppingToken).ConfigureAwait(false);
            await TryAsync(engines.DropAsync(parts, stoppingToken)).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Task sweep)
    {
        try
        {
            await sweep.ConfigureAwait(false);
        }
        catch (ExchangeException error)
        {
            // Old parts take room and harm nobody; the next start tries again.
            Log.SweepFailed(logger, error.Reason.Name);
        }
    }
}
