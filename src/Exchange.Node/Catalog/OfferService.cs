using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Exchange.Query.Products;
using Google.Protobuf;
using Grpc.Core;
using RegisterService = Exchange.Protocol.Identity.V1.RegisterService;

namespace Exchange.Node.Catalog;

/// <summary>The owner's products and offers, and the catalogue of the whole exchange, for the owner.</summary>
internal sealed class OfferService(
    OfferStore offers, SafeTableDesk tableDesk, SameRows sameRows, SafeTableStore tables, DatasetStore datasets, ProductLookup products, CatalogSearch search, RegisterCache register,
    PeerClients peers, NodeIdentity identity, ExactOffers exactOffers, OfferReplay replay, TableWarnings warnings, TimeProvider time)
    : Protocol.Owner.V1.OfferService.OfferServiceBase
{
    /// <summary>How long the identity server may take.</summary>
    private static readonly TimeSpan IdentityDeadline = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override async Task<PublishProductResponse> PublishProduct(PublishProductRequest request, ServerCallContext context)
    {
        products.RequireProvider();
        var definition = request.Product?.Clone()
            ?? throw Reasons.InvalidRequest.Because("The request holds no product.", "Give the product's definition.");
        definition.Publisher = identity.ParticipantId;
        var payload = definition.ToByteString();
        _ = Product.From(definition, payload.Span);
        var signed = SignedMessage.Sign(SignedMessage.Product, payload, identity.SigningKey);
        await PeerCall.RunAsync("identity server", IdentityDeadline, time, PublishAsync, context.CancellationToken).ConfigureAwait(false);
        await register.RefreshAsync(context.CancellationToken).ConfigureAwait(false);
        return new PublishProductResponse { Product = definition };

        async Task<Protocol.Identity.V1.PublishProductResponse> PublishAsync(CancellationToken token) =>
            await new RegisterService.RegisterServiceClient(peers.Identity)
                .PublishProductAsync(new Protocol.Identity.V1.PublishProductRequest { Product = signed }, cancellationToken: token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<ListProductsResponse> ListProducts(ListProductsRequest request, ServerCallContext context)
    {
        // The major is padded so that it sorts as a number; ids hold no character below '/'.
        var (page, next) = Paging.Page(register.Current.Products.Values, SortName, request.PageSize, request.PageToken);
        return Task.FromResult(new ListProductsResponse { Products = { page.Select(product => product.Definition) }, NextPageToken = next });
    }

    /// <inheritdoc/>
    public override async Task<SetOfferResponse> SetOffer(SetOfferRequest request, ServerCallContext context)
    {
        products.RequireProvider();
        var terms = request.Terms ?? throw Reasons.InvalidRequest.Because("The request holds no terms.", "Give the terms of the offer.");
        var product = await products.FindAsync(terms.Product, context.CancellationToken).ConfigureAwait(false);
        var check = OfferRules.Check(terms, product, time.GetUtcNow());
        using var turn = await sameRows.EnterAsync(context.CancellationToken).ConfigureAwait(false);
        var beside = exactOffers.Check(check.Terms, request.BesideExact);
        var shared = await sameRows.LookAsync(check.Terms, request.OverrideSameRows, context.CancellationToken).ConfigureAwait(false);
        var served = await tableDesk.ServeAsync(product, check.Terms, request.BesideChecked, context.CancellationToken).ConfigureAwait(false);
        var live = check.Terms.Release == ReleaseClass.Table && datasets.Current(product.Id) is { } source ? tables.Find(product.Id, source) : null;
        var offer = await offers.SetAsync(check.Terms, live?.Commitment, request.BesideChecked, request.BesideExact, shared, context.CancellationToken).ConfigureAwait(false);
        return new SetOfferResponse { Offer = offer, Notes = { check.Notes, beside, served, live is null ? [] : warnings.Of(product, live) } };
    }

    /// <inheritdoc/>
    public override Task<Protocol.Owner.V1.ListOffersResponse> ListOffers(Protocol.Owner.V1.ListOffersRequest request, ServerCallContext context)
    {
        var named = offers.All.Values.Where(offer => request.Name.Length == 0 || offer.Terms.Name == request.Name);
        var (page, next) = Paging.Page(named, offer => offer.Terms.Name, request.PageSize, request.PageToken);
        return Task.FromResult(new Protocol.Owner.V1.ListOffersResponse { Offers = { page }, NextPageToken = next });
    }

    /// <inheritdoc/>
    public override Task<WhatIfOfferResponse> WhatIfOffer(WhatIfOfferRequest request, ServerCallContext context) => replay.RunAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<SearchCatalogResponse> SearchCatalog(SearchCatalogRequest request, ServerCallContext context) =>
        search.RunAsync(request.Words, context.CancellationToken);

    private static string SortName(Product product) => $"{product.Definition.Name}/{product.Definition.Major:D4}";
}
