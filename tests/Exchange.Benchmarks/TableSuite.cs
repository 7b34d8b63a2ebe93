using Exchange.Cli.Hosting;

namespace Exchange.Benchmarks;

/// <summary>
/// Safe tables. A joint question out of n owners' tables, against a scan of the pooled rows in one DuckDB; and the building of a table
/// by `offer set`, against the same grouping with distinct units in DuckDB.
/// </summary>
internal static class TableSuite
{
    private const string Grouping = """
        SELECT region, product, date_trunc('month', day), hour, COUNT(*), COUNT(DISTINCT worker_id), SUM(kwh), SUM(units)
        FROM readings GROUP BY ALL
        """;

    private const string OfferYaml = """
        offer: bench
        product: readings/1
        purposes: [research]
        release: table
        aggregation: each
        approval: automatic
        expires: 2099-12-31
        """;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        await AskAsync(quick ? 3 : 10, quick ? 200_000 : 1_000_000, quick ? 31 : 101, report, cancellationToken).ConfigureAwait(false);
        await BuildAsync(quick ? 200_000 : 10_000_000, quick ? 6 : 3, report, cancellationToken).ConfigureAwait(false);
    }

    private static async Task AskAsync(int owners, long rowsEach, int rounds, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, owners * rowsEach);
            await using var cluster = await BenchCluster.StartAsync(folder, owners, pooled.Split(owners), ProductYaml(withHour: false), OfferYaml, cancellationToken).ConfigureAwait(false);
            var groups = (await cluster.AskAsync(ReadingsData.QueryB, cancellationToken).ConfigureAwait(false)).Rows.Count;
            report(await Measurement.TakeAsync(
                "table", $"{groups} groups {rowsEach / 1_000}k each", owners, rounds,
                () => cluster.AskAsync(ReadingsData.QueryB, cancellationToken),
                "duckdb pooled", () => Task.FromResult(pooled.Ask(ReadingsData.QueryB))).ConfigureAwait(false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A table is built once per dataset, so every round has an owner of its own with the same rows.
    private static async Task BuildAsync(long rows, int rounds, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows);
            var sources = Enumerable.Repeat(pooled.Split(1)[0], rounds).ToList();
            await using var cluster = await BenchCluster.StartAsync(folder, rounds, sources, ProductYaml(withHour: true), offerYaml: null, cancellationToken).ConfigureAwait(false);
            report(await Measurement.TakeEachAsync(
                "table", $"build {rows / 1_000}k rows",
                [.. Enumerable.Range(0, rounds).Select(owner => (Func<Task>)(() => cluster.OfferAsync(owner, OfferYaml, cancellationToken)))],
                "duckdb distinct", () => Task.FromResult(pooled.Ask(Grouping))).ConfigureAwait(false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string ProductYaml(bool withHour) => $$"""
        product: readings/1
        title: Generated readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [{{Names('R', 24)}}], required: true}
          product:   {type: string, role: dimension, domain: [{{Names('P', 20)}}], required: true}
          day:       {type: date, role: dimension, grain: month, required: true}
        {{(withHour ? "  hour:      {type: int, role: dimension, range: [0, 23], required: true}\n" : "")}}  kwh:       {type: double, role: measure, bounds: [0, 500], required: true}
          units:     {type: int, role: measure, bounds: [0, 1000], required: true}
          worker_id: {type: int, role: identifier, required: true}
        """;

    private static string Names(char letter, int count) => string.Join(", ", Enumerable.Range(0, count).Select(number => $"{letter}{number:00}"));
}
