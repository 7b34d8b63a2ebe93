using System.Globalization;
using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>Two owners with the same 900 readings of 500 workers, one in DuckDB and one in SQLite, and a laboratory that may ask both out of their safe tables.</summary>
public sealed class TableExchange : IAsyncLifetime
{
    public const string ProductYaml = """
        product: wages/1
        title: Wages
        unit: worker
        columns:
          region:  {type: string, role: dimension, domain: [north, south, east], required: true}
          month:   {type: date, role: dimension, grain: month, required: true}
          age:     {type: int, role: dimension, range: [0, 120], cuts: [30, 50]}
          kwh:     {type: double, role: measure, bounds: [0, 500], step: 5, required: true}
          pay:     {type: "decimal(8,2)", role: measure, bounds: [100, 9000]}
          balance: {type: int, role: measure, bounds: [-100, 100], required: true}
          worker:  {type: string, role: identifier}
        pairs: [[kwh, balance]]
        """;

    private TestExchange? _exchange;

    internal IReadOnlyList<Reading> Rows { get; } = Made();

    internal TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    internal static string OfferYaml(string name = "tables", string release = "table", int minUnits = 10, string columns = "") => $$"""
        offer: {{name}}
        product: wages/1
        purposes: [research]
        {{columns}}
        release: {{release}}
        disclosure: {min_units: {{minUnits}}}
        approval: automatic
        expires: 2099-12-31
        """;

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(TimeProvider.System, ["alpha", "beta"]);
        await _exchange.AddAsync("lab", ParticipantKind.Institute, "CN-ZJ");
        await Exchange.RefreshAsync();
        await Exchange.PublishProductAsync("alpha", ProductYaml);
        await Exchange.PublishDatasetAsync("alpha", "wages/1", Csv(Rows), OfferYaml(), "duckdb");
        await Exchange.PublishDatasetAsync("beta", "wages/1", Csv(Rows), OfferYaml(), "sqlite");
        await Exchange.AgreeAsync("lab", "wages/1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    internal ExchangeClient ClientOf(string id) => Exchange.ClientOf(id);

    /// <summary>Asks one owner as the laboratory; the answer is verified.</summary>
    internal async Task<RunQueryResponse> AskAsync(string sql, string owner = "alpha")
    {
        using var lab = ClientOf("lab");
        return (await lab.Queries.RunAsync(new RunQueryRequest { Sql = sql, Purpose = "research", Participants = { owner } }, Cancellation)).Response;
    }

    internal string Written(string name, string text) => Exchange.Written(name, text);

    internal static string Csv(IEnumerable<Reading> rows) => "region,month,age,kwh,pay,balance,worker\n" + string.Concat(rows.Select(row => string.Create(
        CultureInfo.InvariantCulture, $"{row.Region},{row.Month:yyyy-MM-dd},{row.Age},{row.Kwh:R},{row.Pay:0.00},{row.Balance},{row.Worker}\n")));

    // Region east is rare, pay is missing now and then, some rows have no worker, and one worker earns far more than the others.
    private static List<Reading> Made()
    {
        var random = new Random(20260101);
        return
        [
            .. Enumerable.Range(0, 900).Select(number =>
            {
                var worker = random.Next(500);
                return new Reading(
                    worker % 100 < 60 ? "north" : worker % 100 < 97 ? "south" : "east",
                    new DateOnly(2026, 1 + random.Next(3), 1 + random.Next(28)),
                    worker % 50 == 0 ? null : 18 + worker % 50,
                    random.Next(500_000) / 1000.0,
                    number % 17 == 0 ? null : worker == 7 ? 9000m : 100 + random.Next(200_000) / 100m,
                    random.Next(-100, 101),
                    number % 90 == 0 ? null : $"w{worker}");
            }),
        ];
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal sealed record Reading(string Region, DateOnly Month, int? Age, double Kwh, decimal? Pay, int Balance, string? Worker);
}
