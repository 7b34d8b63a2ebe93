using Exchange.Cli.Hosting;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Benchmarks;

/// <summary>Publishing a CSV through a node — checked, stored, logged — against DuckDB's own load of the same file into a file database.</summary>
internal static class PublishSuite
{
    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var rows = quick ? 200_000 : 1_000_000;
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var data = new ReadingsData(folder, rows);
            await using var cluster = await BenchCluster.StartAsync(folder, 1, data.Split(1), cancellationToken).ConfigureAwait(false);
            var csv = Path.Combine(folder, "readings.csv");
            data.Execute($"COPY readings TO '{csv}' (HEADER)");
            data.Execute($"ATTACH '{Path.Combine(folder, "load.duckdb")}' AS load");
            var owner = cluster.Exchange["owner000"];
            report(await Measurement.TakeAsync(
                "publish", $"CSV {rows / 1000}k rows", 1, rounds: 5,
                () => owner.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = csv, Mode = PublishMode.Replace }, null, cancellationToken),
                "duckdb load", () =>
                {
                    data.Execute($"CREATE OR REPLACE TABLE load.readings AS SELECT * FROM read_csv('{csv}')");
                    return Task.CompletedTask;
                }).ConfigureAwait(false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
