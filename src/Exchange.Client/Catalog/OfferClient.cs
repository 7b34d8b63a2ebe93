using Exchange.Client.Connections;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Client.Catalog;

/// <summary>Products, this owner's offers and the exchange's catalogue. Obtained from <see cref="ExchangeClient.Offers"/>.</summary>
public sealed class OfferClient
{
    /// <summary>Longest replay of answered queries.</summary>
    public static readonly TimeSpan ReplayTimeMax = TimeSpan.FromHours(1);

    private readonly HomeChannel _channel;
    private readonly OfferService.OfferServiceClient _service;

    internal OfferClient(HomeChannel channel)
    {
        _channel = channel;
        _service = new OfferService.OfferServiceClient(channel.Channel);
    }

    /// <summary>Publishes a product in the register, signed by this participant's node. Publishing the same definition again changes nothing.</summary>
    public async Task<ProductDefinition> PublishProductAsync(ProductDefinition product, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.PublishProductAsync(new PublishProductRequest { Product = product }, options), cancellationToken).ConfigureAwait(false)).Product;

    /// <summary>Every product of the exchange, ordered by name and major version.</summary>
    public Task<IReadOnlyList<ProductDefinition>> ListProductsAsync(CancellationToken cancellationToken) => Pages.AllAsync<ProductDefinition>(async token =>
    {
        var page = await _channel.CallAsync(options => _service.ListProductsAsync(new ListProductsRequest { PageToken = token }, options), cancellationToken).ConfigureAwait(false);
        return (page.Products, page.NextPageToken);
    });

    /// <summary>One product of the exchange.</summary>
    /// <param name="id"><c>name/major</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ExchangeException"><c>NOT_FOUND</c> with the nearest name.</exception>
    public async Task<ProductDefinition> GetProductAsync(string id, CancellationToken cancellationToken)
    {
        var products = (await ListProductsAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(product => $"{product.Name}/{product.Major}");
        if (products.TryGetValue(id, out var found))
        {
            return found;
        }

        var nearest = NearestName.Of(id, products.Keys);
        throw Reasons.NotFound.Because($"There is no product {id}{(nearest is null ? "." : $" – did you mean {nearest}?")}", "See `exchange product list`.");
    }

    /// <summary>Sets an offer: its first version, or the next one. The same terms again change nothing.</summary>
    public Task<SetOfferResponse> SetAsync(OfferTerms terms, CancellationToken cancellationToken) =>
        SetAsync(new SetOfferRequest { Terms = terms }, cancellationToken);

    /// <inheritdoc cref="SetAsync(OfferTerms, CancellationToken)"/>
    /// <remarks>The first <c>table</c> offer over a dataset builds its safe table, which takes as long as a scan of the data and more.</remarks>
    public Task<SetOfferResponse> SetAsync(SetOfferRequest request, CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.SetOfferAsync(request, options), cancellationToken, TableClient.BuildTimeMax);

    /// <summary>This owner's offers, newest version of each, ordered by name.</summary>
    /// <param name="name">Only this one; empty for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<IReadOnlyList<Offer>> ListAsync(string name, CancellationToken cancellationToken) => Pages.AllAsync<Offer>(async token =>
    {
        var page = await _channel.CallAsync(
            options => _service.ListOffersAsync(new Exchange.Protocol.Owner.V1.ListOffersRequest { Name = name, PageToken = token }, options), cancellationToken).ConfigureAwait(false);
        return (page.Offers, page.NextPageToken);
    });

    /// <summary>
    /// Runs the newest answered queries of an offer's product once more under other terms and says what each would lose. Releases
    /// nothing and sets nothing.
    /// </summary>
    /// <param name="terms">Complete terms of one of this owner's offers, with the changes to try.</param>
    /// <param name="last">At most this many queries, 1 to 1000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<WhatIfOfferResponse> WhatIfAsync(OfferTerms terms, int last, CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.WhatIfOfferAsync(new WhatIfOfferRequest { Terms = terms, Last = last }, options), cancellationToken, ReplayTimeMax);

    /// <summary>Asks every node for the offers that this participant matches.</summary>
    /// <param name="words">Words that product names, titles, columns or providers must hold; empty for everything.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<SearchCatalogResponse> SearchAsync(IEnumerable<string> words, CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.SearchCatalogAsync(new SearchCatalogRequest { Words = { words } }, options), cancellationToken);
}
