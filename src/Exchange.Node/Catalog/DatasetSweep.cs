using Exchange.Protocol.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Catalog;

/// <summary>Removes at start what an interrupted publish left; does nothing, and opens no engine, when there was none.</summary>
internal sealed class DatasetSweep(DatasetPublishing publishing, ILogger<DatasetSweep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await publishing.SweepAsync().WaitAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (ExchangeException error)
        {
            // Old parts take room and harm nobody; the next start tries again.
            Log.SweepFailed(logger, error.Reason.Name);
        }
    }
}
