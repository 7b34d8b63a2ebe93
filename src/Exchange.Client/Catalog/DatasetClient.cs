using Exchange.Client.Connections;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Grpc.Core;

namespace Exchange.Client.Catalog;

/// <summary>The participant's datasets. Obtained from <see cref="ExchangeClient.Datasets"/>.</summary>
public sealed class DatasetClient
{
    /// <summary>Longest publishing.</summary>
    public static readonly TimeSpan PublishTimeMax = TimeSpan.FromHours(24);

    private readonly HomeChannel _channel;
    private readonly DatasetService.DatasetServiceClient _service;

    internal DatasetClient(HomeChannel channel)
    {
        _channel = channel;
        _service = new DatasetService.DatasetServiceClient(channel.Channel);
    }

    /// <summary>
    /// Checks a source against the product and makes it the dataset's next version. The node reads the source, so its path must
    /// be absolute. A report without a version means that rows break rules and nothing was published.
    /// </summary>
    /// <param name="request">What to publish.</param>
    /// <param name="progress">Told in words what is being done; null when nobody listens.</param>
    /// <param name="cancellationToken">Stops the work; nothing stays published.</param>
    public async Task<PublishReport> PublishAsync(PublishDatasetRequest request, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var call = _service.PublishDataset(request, _channel.Options(PublishTimeMax, cancellationToken));
            await foreach (var step in call.ResponseStream.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (step.StepCase == PublishDatasetResponse.StepOneofCase.Report)
                {
                    return step.Report;
                }

                progress?.Report(step.Progress);
            }
        }
        catch (RpcException error)
        {
            throw _channel.Translate(error, cancellationToken);
        }

        throw Reasons.Internal.Because("The node ended the publishing without a report.", "Look at `dataset list` and at the node's log, and publish again.");
    }

    /// <summary>Every dataset of this node, ordered by product.</summary>
    public Task<IReadOnlyList<Dataset>> ListAsync(CancellationToken cancellationToken) => Pages.AllAsync<Dataset>(async token =>
    {
        var page = await _channel.CallAsync(options => _service.ListDatasetsAsync(new ListDatasetsRequest { PageToken = token }, options), cancellationToken).ConfigureAwait(false);
        return (page.Datasets, page.NextPageToken);
    });

    /// <summary>One dataset with its versions.</summary>
    public async Task<Dataset> GetAsync(string product, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.GetDatasetAsync(new GetDatasetRequest { Product = product }, options), cancellationToken).ConfigureAwait(false)).Dataset;

    /// <summary>Takes a dataset out of service.</summary>
    public async Task<Dataset> RetireAsync(string product, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.RetireDatasetAsync(new RetireDatasetRequest { Product = product }, options), cancellationToken).ConfigureAwait(false)).Dataset;
}
