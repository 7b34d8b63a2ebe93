using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>What three airports withhold of their hourly observations when they tell of the parts that all their tables share.</summary>
public sealed class SharedWeatherTests : IAsyncLifetime
{
    private static readonly string[] Airports = ["ewr", "jfk", "lga"];

    private const string Product = """
        product: winds/1
        title: Hourly temperature by month and wind
        unit: row
        columns:
          month:    {type: int, role: dimension, range: [1, 12], required: true}
          wind_dir: {type: int, role: dimension, range: [0, 360]}
          temp:     {type: double, role: measure, bounds: [-40, 140]}
        """;

    private const string Offer = """
        offer: winds
        product: winds/1
        purposes: [research]
        columns: {month: [group, filter], wind_dir: [group, filter], temp: [avg]}
        release: table
        approval: automatic
        expires: 2099-12-31
        """;

    private TestExchange? _exchange;

    private TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(TimeProvider.System, Airports);
        await _exchange.AddAsync("lab", ParticipantKind.Institute, "US-NY");
        foreach (var airport in Airports)
        {
            using var owner = ClientOf(airport);
            if (airport == Airports[0])
            {
                await owner.Offers.PublishProductAsync(ProductFile.Read(Written("product.yaml", Product)), Cancellation);
                await Exchange.RefreshAsync();
            }

            var source = RepositoryFiles.Path($"tests/Exchange.Federation.Tests/Weather/{airport.ToUpperInvariant()}.csv");
            Assert.NotNull((await owner.Datasets.PublishAsync(new PublishDatasetRequest { Product = "winds/1", Source = source, Mode = PublishMode.Replace }, null, Cancellation)).Version);
            await owner.Offers.SetAsync(OfferFile.Read(Written("offer.yaml", Offer)), Cancellation);
        }

        using var lab = ClientOf("lab");
        await lab.Agreements.RequestAsync(new RequestAgreementsRequest { Product = "winds/1", Purpose = "research" }, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    [Fact]
    public async Task By_month_and_wind_8_percent_is_withheld_and_24_of_the_shared_parts_and_by_month_nothing()
    {
        var (wind, sharedWind) = (await WithheldAsync("month, wind_dir", common: false), await WithheldAsync("month, wind_dir", common: true));
        var (month, sharedMonth) = (await WithheldAsync("month", common: false), await WithheldAsync("month", common: true));

        // 20 rows a cell on average, and the rare winds of the airports differ.
        Assert.InRange(wind, 0.07, 0.085);
        Assert.InRange(sharedWind, 0.225, 0.25);
        Assert.Equal((0, 0), (month, sharedMonth));
    }

    private async Task<double> WithheldAsync(string grouping, bool common)
    {
        using var lab = ClientOf("lab");
        async Task<RunQueryResponse> AskAsync(string sql, bool shared)
        {
            var answer = (await lab.Queries.RunAsync(new RunQueryRequest { Sql = sql, Purpose = "research", Common = shared }, Cancellation)).Response;
            Assert.Null(answer.Error);
            return answer;
        }

        var all = (await AskAsync("SELECT COUNT(*) AS n FROM winds", shared: false)).Rows[0].Values[0].IntValue;
        var told = (await AskAsync($"SELECT {grouping}, AVG(temp) AS t, COUNT(*) AS n FROM winds GROUP BY {grouping}", common)).Rows.Sum(row => row.Values[^1].IntValue);
        return 1 - (told / (double)all);
    }

    private ExchangeClient ClientOf(string id) => ExchangeClient.Connect(Exchange[id].Home.Path);

    private string Written(string name, string text)
    {
        var file = Exchange.PathOf(name);
        File.WriteAllText(file, text);
        return file;
    }
}
