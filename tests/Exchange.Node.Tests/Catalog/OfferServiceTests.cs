using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using CatalogClient = Exchange.Protocol.Catalog.V1.CatalogService.CatalogServiceClient;
using V1 = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Catalog;

public sealed class OfferServiceTests(TradingExchange trading) : IClassFixture<TradingExchange>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_published_product_carries_its_publisher_and_every_node_lists_it()
    {
        var definition = Samples.PublishedDefinition();
        definition.Name = "counters";
        definition.Publisher = "somebody";

        var response = await TradingExchange.Offers(trading.Mill).PublishProductAsync(new V1.PublishProductRequest { Product = definition }, cancellationToken: Cancellation);
        await trading.Exchange.RefreshAsync();
        var listed = await TradingExchange.Offers(trading.Lab).ListProductsAsync(new ListProductsRequest(), cancellationToken: Cancellation);

        Assert.Equal("mill", response.Product.Publisher);
        Assert.Contains(listed.Products, product => product.Name == "counters" && product.Publisher == "mill");
    }

    [Fact]
    public async Task A_product_that_breaks_a_rule_is_not_published()
    {
        var definition = Samples.PublishedDefinition();
        definition.Unit = "nobody";

        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
            await TradingExchange.Offers(trading.Mill).PublishProductAsync(new V1.PublishProductRequest { Product = definition }, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task The_same_terms_again_are_no_new_version_and_other_terms_are()
    {
        var first = await trading.OfferAsync("versions");
        var terms = first.Terms.Clone();
        var again = (await TradingExchange.Offers(trading.Mill).SetOfferAsync(new SetOfferRequest { Terms = terms }, cancellationToken: Cancellation)).Offer;
        terms.QueriesPerDay = 5;
        var changed = (await TradingExchange.Offers(trading.Mill).SetOfferAsync(new SetOfferRequest { Terms = terms }, cancellationToken: Cancellation)).Offer;
        var listed = await TradingExchange.Offers(trading.Mill).ListOffersAsync(new V1.ListOffersRequest { Name = "versions" }, cancellationToken: Cancellation);

        Assert.Equal((1, 1, 2), (first.Version, again.Version, changed.Version));
        Assert.Equal(first, again);
        Assert.Equal([changed], listed.Offers);
    }

    [Fact]
    public async Task An_offer_keeps_its_product()
    {
        var definition = Samples.PublishedDefinition();
        definition.Name = "meters";
        await TradingExchange.Offers(trading.Mill).PublishProductAsync(new V1.PublishProductRequest { Product = definition }, cancellationToken: Cancellation);
        var terms = (await trading.OfferAsync("keeps")).Terms.Clone();
        terms.Product = "meters/1";

        var reason = await TradingExchange.ReasonOfAsync(TradingExchange.Offers(trading.Mill).SetOfferAsync(new SetOfferRequest { Terms = terms }, cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(Reasons.OfferOtherProduct, reason);
    }

    [Fact]
    public async Task An_offer_for_an_unknown_product_names_the_nearest_one()
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => trading.OfferAsync("unknown-product", terms => terms.Product = "reading/1"));

        var refusal = RpcErrors.FromRpcException(error, "node");
        Assert.Equal(Reasons.ProductUnknown, refusal.Reason);
        Assert.Contains("readings/1", refusal.Action);
    }

    [Fact]
    public async Task A_peer_sees_only_live_offers_that_it_matches()
    {
        await trading.OfferAsync("for-all");
        await trading.OfferAsync("for-firms", terms => terms.Consumers = new Consumers { Kinds = { ParticipantKind.Enterprise } });
        await trading.OfferAsync("for-china", terms => terms.Consumers = new Consumers { Regions = { "CN-*" } });
        var client = new CatalogClient(await TradingExchange.PeerAsync(trading.Lab, trading.Mill));

        var offers = (await client.ListOffersAsync(new Protocol.Catalog.V1.ListOffersRequest { Product = "readings/1" }, cancellationToken: Cancellation)).Offers;

        Assert.Contains(offers, offer => offer.Terms.Name == "for-all");
        Assert.DoesNotContain(offers, offer => offer.Terms.Name is "for-firms" or "for-china");
        Assert.All(offers, offer => Assert.Equal("mill", offer.Provider));
    }

    [Fact]
    public async Task A_search_finds_words_anywhere_and_pages_are_bounded()
    {
        await trading.OfferAsync("searched");
        var offers = TradingExchange.Offers(trading.Lab);

        var found = await offers.SearchCatalogAsync(new SearchCatalogRequest { Words = { "PRICE", "mill", "searched" } }, cancellationToken: Cancellation);
        var none = await offers.SearchCatalogAsync(new SearchCatalogRequest { Words = { "searched", "snow" } }, cancellationToken: Cancellation);

        Assert.Equal("searched", Assert.Single(found.Offers).Terms.Name);
        Assert.Empty(none.Offers);
        Assert.Equal(Reasons.InvalidRequest, await TradingExchange.ReasonOfAsync(
            offers.SearchCatalogAsync(new SearchCatalogRequest { Words = { new string('x', 129) } }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task A_node_that_is_down_is_listed_with_its_reason_and_costs_only_its_own_part()
    {
        await trading.OfferAsync("while-down");
        var lost = await trading.Exchange.AddAsync("lost");
        await trading.Exchange.RefreshAsync();
        await lost.StopAsync();

        var found = await TradingExchange.Offers(trading.Lab).SearchCatalogAsync(new SearchCatalogRequest { Words = { "while-down" } }, cancellationToken: Cancellation);

        Assert.Single(found.Offers);
        Assert.Contains(found.Unreachable, node => node.ParticipantId == "lost" && node.Reason == "UNREACHABLE");
        await lost.StartAsync(Cancellation);
    }
}
