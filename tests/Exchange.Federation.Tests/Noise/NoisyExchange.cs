using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Node.Hosting;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests.Noise;

/// <summary>
/// Two firms with 600 workers each, two rows a worker and region, and two institutes with agreements on their `noisy` offers. One firm holds
/// its data in DuckDB and one in SQLite.
/// </summary>
public sealed class NoisyExchange : IAsyncLifetime
{
    public const string ByRegion = "SELECT region, COUNT(*) AS n, SUM(kwh) AS kwh, AVG(kwh) AS mean FROM readings GROUP BY region ORDER BY region";

    private const string Product = """
        product: readings/1
        title: Readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south, east, west], required: true}
          town:      {type: string, role: dimension}
          age:       {type: int, role: dimension, range: [0, 99], required: true}
          kwh:       {type: int, role: measure, bounds: [0, 500], step: 10, required: true}
          heat:      {type: double, role: measure, bounds: [0, 10]}
          free:      {type: double, role: measure}
          worker_id: {type: string, role: identifier}
        """;

    private TestExchange? _exchange;
    private readonly TimeProvider _time;

    public NoisyExchange()
        : this(TimeProvider.System)
    {
    }

    internal NoisyExchange(TimeProvider time) => _time = time;

    /// <summary>The budget line of the offers.</summary>
    internal string Budget { get; init; } = "{rho: 4, delta: 1e-6, per: quarter, agreement_rho: 2, rows_per_group: 2}";

    /// <summary>More lines of the offers.</summary>
    internal string Terms { get; init; } = "";

    internal TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    internal static string[] Firms { get; } = ["alpha", "beta"];

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(_time);
        var limits = new NodeHostOptions { Limits = new NodeLimits { ConcurrentQueriesPerCallerMax = 256 } };
        foreach (var firm in Firms)
        {
            await _exchange.AddAsync(firm, options: limits);
        }

        await _exchange.AddAsync("lab", ParticipantKind.Institute, "CN-ZJ", limits);
        await _exchange.AddAsync("school", ParticipantKind.Institute, "CN-ZJ", limits);
        await Exchange.RefreshAsync();
        await Exchange.PublishProductAsync(Firms[0], Product);
        foreach (var firm in Firms)
        {
            await Exchange.PublishDatasetAsync(firm, "readings/1", Csv(0), Offer(Budget), firm == "alpha" ? "duckdb" : "sqlite");
        }

        await Exchange.AgreeAsync("lab", "readings/1");
        await Exchange.AgreeAsync("school", "readings/1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    internal ExchangeClient ClientOf(string id) => Exchange.ClientOf(id);

    internal async Task<SetOfferResponse> OfferAsync(ExchangeClient client, string? budget = null) =>
        await client.Offers.SetAsync(OfferFile.Read(Written("offer.yaml", Offer(budget ?? Budget))), Cancellation);

    private string Offer(string budget) => $$"""
        offer: open
        product: readings/1
        purposes: [research]
        release: noisy
        budget: {{budget}}
        approval: automatic
        expires: 2099-12-31
        {{Terms}}
        """;

    internal async Task<RunQueryResponse> AskAsync(string sql, double rho = 0, string asker = "lab", params string[] participants)
    {
        using var client = ClientOf(asker);
        return (await client.Queries.RunAsync(new RunQueryRequest { Sql = sql, Purpose = "research", Rho = rho, Participants = { participants } }, Cancellation)).Response;
    }

    internal string Written(string name, string text) => Exchange.Written(name, text);

    /// <summary>In north 300 workers, in south 200, in east 100, in west none; everybody has two rows of his number modulo 100.</summary>
    internal static string Csv(int first) => "region,town,age,kwh,heat,free,worker_id\n" + string.Concat(Enumerable.Range(first, 600).Select(worker =>
    {
        var row = $"{(worker % 6 < 3 ? "north" : worker % 6 < 5 ? "south" : "east")},{(worker == 1 ? "hamlet" : "city")},{worker % 100},{worker % 100},{worker % 10},1,w{worker}\n";
        return row + row;
    }));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
