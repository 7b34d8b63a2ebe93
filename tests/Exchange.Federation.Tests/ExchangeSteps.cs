using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests;

/// <summary>What every exchange of these tests does before anybody asks.</summary>
internal static class ExchangeSteps
{
    public const string Purpose = "research";

    private const int TriesMax = 10;

    public static ExchangeClient ClientOf(this TestExchange exchange, string id) => ExchangeClient.Connect(exchange[id].Home.Path, exchange.Time);

    /// <summary>Writes a file into the exchange's folder and returns its path.</summary>
    public static string Written(this TestExchange exchange, string name, string text)
    {
        var file = exchange.PathOf(name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Publishes a product, which all nodes know afterwards.</summary>
    public static async Task PublishProductAsync(this TestExchange exchange, string publisher, string yaml)
    {
        using var client = exchange.ClientOf(publisher);
        await client.Offers.PublishProductAsync(ProductFile.Read(exchange.Written("product.yaml", yaml)), TestContext.Current.CancellationToken);
        await exchange.RefreshAsync();
    }

    /// <summary>Publishes a dataset as a whole and sets the offer on it.</summary>
    public static async Task PublishDatasetAsync(this TestExchange exchange, string owner, string product, string csv, string offer, string engine = "")
    {
        using var client = exchange.ClientOf(owner);
        var request = new PublishDatasetRequest { Product = product, Source = exchange.Written("data.csv", csv), Mode = PublishMode.Replace, Engine = engine };
        Assert.NotNull((await client.Datasets.PublishAsync(request, null, TestContext.Current.CancellationToken)).Version);
        await client.Offers.SetAsync(OfferFile.Read(exchange.Written("offer.yaml", offer)), TestContext.Current.CancellationToken);
    }

    /// <summary>Requests agreements of these owners, or of every one; each approves at once. On a busy machine one may be too slow for the asker's patience.</summary>
    public static async Task AgreeAsync(this TestExchange exchange, string asker, string product, params string[] owners)
    {
        using var client = exchange.ClientOf(asker);
        IReadOnlyList<AgreementState?> states = [];
        for (var attempt = 0; attempt < TriesMax && (states.Count == 0 || states.Any(state => state != AgreementState.Finalized)); attempt++)
        {
            var outcomes = await client.Agreements.RequestAsync(
                new RequestAgreementsRequest { Product = product, Purpose = Purpose, Participants = { owners } }, TestContext.Current.CancellationToken);
            states = [.. outcomes.Select(outcome => outcome.Agreement?.State)];
        }

        Assert.NotEmpty(states);
        Assert.All(states, state => Assert.Equal(AgreementState.Finalized, state));
    }
}
