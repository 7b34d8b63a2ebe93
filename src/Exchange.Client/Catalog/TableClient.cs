using Exchange.Client.Connections;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Client.Catalog;

/// <summary>Safe tables of this owner's datasets. Obtained from <see cref="ExchangeClient.Tables"/>.</summary>
public sealed class TableClient
{
    /// <summary>Longest building of a table.</summary>
    public static readonly TimeSpan BuildTimeMax = TimeSpan.FromHours(1);

    private readonly HomeChannel _channel;
    private readonly TableService.TableServiceClient _service;

    internal TableClient(HomeChannel channel)
    {
        _channel = channel;
        _service = new TableService.TableServiceClient(channel.Channel);
    }

    /// <summary>All that can ever leave a dataset in the release class <c>table</c>.</summary>
    /// <param name="product"><c>name/major</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<TableReport> GetAsync(string product, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.GetTableAsync(new GetTableRequest { Product = product }, options), cancellationToken).ConfigureAwait(false)).Table;

    /// <summary>What a table with other rules or another order of dimensions would withhold. Nothing is kept.</summary>
    public async Task<TableReport> TryAsync(TryTableRequest request, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.TryTableAsync(request, options), cancellationToken, BuildTimeMax).ConfigureAwait(false)).Table;
}
