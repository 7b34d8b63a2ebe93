using System.Threading.Channels;
using Exchange.Engines.Publishing;
using Exchange.Protocol.Owner.V1;
using Grpc.Core;

namespace Exchange.Node.Catalog;

/// <summary>The owner's datasets, for the owner.</summary>
internal sealed class DatasetService(DatasetPublishing publishing, DatasetStore datasets, ProductLookup products)
    : Protocol.Owner.V1.DatasetService.DatasetServiceBase
{
    /// <summary>Progress that the owner has not read yet is dropped, oldest first, beyond this many messages.</summary>
    private const int ProgressMax = 64;

    /// <inheritdoc/>
    public override async Task PublishDataset(PublishDatasetRequest request, IServerStreamWriter<PublishDatasetResponse> responseStream, ServerCallContext context)
    {
        products.RequireProvider();
        var product = await products.FindAsync(request.Product, context.CancellationToken).ConfigureAwait(false);
        var progress = Channel.CreateBounded<string>(new BoundedChannelOptions(ProgressMax) { FullMode = BoundedChannelFullMode.DropOldest });
        var work = Task.Run(
            async () =>
            {
                try
                {
                    return await publishing.RunAsync(product, request, new ProgressTo(progress.Writer), context.CancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    progress.Writer.Complete();
                }
            },
            CancellationToken.None);
        await SendAsync(progress.Reader, responseStream, context.CancellationToken).ConfigureAwait(false);
        var (version, outcome, notes) = await work.ConfigureAwait(false);
        await responseStream.WriteAsync(new PublishDatasetResponse { Report = ReportOf(version, outcome, notes) }, context.CancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var (page, next) = Paging.Page(datasets.All.Values, dataset => dataset.Product, request.PageSize, request.PageToken);
        return Task.FromResult(new ListDatasetsResponse { Datasets = { page.Select(dataset => dataset.ToMessage()) }, NextPageToken = next });
    }

    /// <inheritdoc/>
    public override Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        Task.FromResult(new GetDatasetResponse { Dataset = datasets.Get(request.Product).ToMessage() });

    /// <inheritdoc/>
    public override async Task<RetireDatasetResponse> RetireDataset(RetireDatasetRequest request, ServerCallContext context)
    {
        var dataset = await datasets.RetireAsync(request.Product, context.CancellationToken).ConfigureAwait(false);
        return new RetireDatasetResponse { Dataset = dataset.ToMessage() };
    }

    private static async Task SendAsync(ChannelReader<string> progress, IServerStreamWriter<PublishDatasetResponse> responses, CancellationToken cancellationToken)
    {
        // Ends when the work does; a cancelled call cancels the work too, whose own exception is the one to report.
        await foreach (var step in progress.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await responses.WriteAsync(new PublishDatasetResponse { Progress = step }, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                // Nobody reads any more.
            }
        }
    }

    private static PublishReport ReportOf(DatasetVersionRecord? version, PublishOutcome outcome, IReadOnlyList<string> notes) => new()
    {
        Version = version?.ToMessage(),
        Violations =
        {
            outcome.Violations.Select(violation => new RuleViolation
            {
                Column = violation.Column,
                Rule = violation.Rule,
                RowCount = violation.RowCount,
                FirstLines = { violation.FirstLines },
            }),
        },
        IgnoredColumns = { outcome.IgnoredColumns },
        DroppedRows = outcome.DroppedRows,
        Notes = { notes },
    };

    // Progress<T> would post to the thread pool and lose the order.
    private sealed class ProgressTo(ChannelWriter<string> writer) : IProgress<string>
    {
        public void Report(string value) => writer.TryWrite(value);
    }
}
