using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Previews;
using Exchange.Tests.Support;

namespace Exchange.Attacks;

/// <summary>One owner's dataset of a product, as its steward sets it up and as the attacker asks it: through their own nodes only.</summary>
internal sealed class Owner(TestExchange exchange, ExchangeClient attacker, string id, string product)
{
    private const string Purpose = "research";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary><c>name/major</c>.</summary>
    public string ProductId => $"{product}/1";

    /// <summary>Publishes rows. Those of one attack are of other people than those of another, however alike: two columns say so.</summary>
    public async Task PublishAsync(string csv, bool overrideSameRows = false, PublishMode mode = PublishMode.Replace, string? people = null)
    {
        people ??= product;
        csv = string.Concat(csv.TrimEnd('\n').Split('\n').Select((line, i) => i == 0 ? $"{line},attack,people\n" : $"{line},on {people},of {people}\n"));
        var file = exchange.PathOf($"{id}-{product}.csv");
        await File.WriteAllTextAsync(file, csv, Cancellation);
        using var owner = ClientOf(id);
        var report = await owner.Datasets.PublishAsync(
            new PublishDatasetRequest { Product = ProductId, Source = file, Mode = mode, OverrideSameRows = overrideSameRows }, null, Cancellation);
        Assert.NotNull(report.Version);
    }

    /// <summary>Takes the dataset out of service.</summary>
    public async Task RetireAsync()
    {
        using var owner = ClientOf(id);
        await owner.Datasets.RetireAsync(ProductId, Cancellation);
    }

    /// <summary>Sets an offer; the attacker gets a new agreement on it.</summary>
    public async Task OfferAsync(string terms, string name = "", string expires = "2099-12-31", bool overrideSameRows = false)
    {
        var file = exchange.PathOf($"{id}-{product}-offer.yaml");
        await File.WriteAllTextAsync(file, $"""
            offer: {product}{name}
            product: {ProductId}
            purposes: [{Purpose}]
            aggregation: each
            approval: automatic
            expires: {expires}
            {terms}
            """, Cancellation);
        using var owner = ClientOf(id);
        await owner.Offers.SetAsync(new SetOfferRequest { Terms = OfferFile.Read(file), OverrideSameRows = overrideSameRows }, Cancellation);
        await AgreeAsync();
    }

    /// <summary>The attacker asks for an agreement on what is offered now.</summary>
    public async Task AgreeAsync()
    {
        var request = new RequestAgreementsRequest { Product = ProductId, Purpose = Purpose, Participants = { id } };
        Assert.All(await attacker.Agreements.RequestAsync(request, Cancellation), outcome => Assert.Equal(AgreementState.Finalized, outcome.Agreement?.State));
    }

    /// <summary>What an agreement on the offer says of itself in sentences, to both sides.</summary>
    public async Task<IReadOnlyList<string>> PreviewAsync()
    {
        using var owner = ClientOf(id);
        return TermsPreview.Of((await owner.Offers.ListAsync(product, Cancellation)).Single().Terms, await owner.Offers.GetProductAsync(ProductId, Cancellation));
    }

    /// <summary>The table as its owner sees it.</summary>
    public async Task<TableReport> TableAsync()
    {
        using var owner = ClientOf(id);
        return await owner.Tables.GetAsync(ProductId, Cancellation);
    }

    /// <summary>Asks as the attacker; where there is a budget, for that charge, or the usual one.</summary>
    public Task<Reply> AskAsync(string sql, double rho = 0) =>
        Reply.OfAsync(attacker, new RunQueryRequest { Sql = sql, Purpose = Purpose, Rho = rho, Participants = { id } }, Cancellation);

    /// <summary>One figure over the rows of a condition; null where the owner does not tell it.</summary>
    public async Task<decimal?> FigureAsync(string figure, string where = "") =>
        (await AskAsync($"SELECT {figure} AS figure FROM {product}{(where.Length == 0 ? "" : $" WHERE {where}")}")).Figure;

    private ExchangeClient ClientOf(string participant) => ExchangeClient.Connect(exchange[participant].Home.Path, TimeProvider.System);
}
