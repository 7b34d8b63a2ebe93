using Exchange.Cli.Hosting;

namespace Exchange.Benchmarks;

/// <summary>
/// A joint question over n real nodes, asked by the client over TLS and verified, against the same question over the pooled rows
/// in one DuckDB in this process.
/// </summary>
internal static class JointSuite
{
    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        long[] sizes = quick ? [1_000_000] : [1_000_000, 10_000_000];
        int[] federations = quick ? [3, 10] : [3, 10, 100];
        foreach (var rows in sizes)
        {
            var folder = TemporaryFolder.Create("exchange-bench");
            try
            {
                using var pooled = new ReadingsData(folder, rows);
                foreach (var nodes in federations)
                {
                    await using var cluster = await BenchCluster.StartAsync(folder, nodes, pooled.Split(nodes), cancellationToken).ConfigureAwait(false);
                    foreach (var (name, sql) in new[] { ("Q-a", ReadingsData.QueryA), ("Q-b", ReadingsData.QueryB) })
                    {
                        report(await Measurement.TakeAsync(
                            "joint", $"{name} {rows / 1_000_000}M rows", nodes, rounds: quick ? 11 : 21,
                            () => cluster.AskAsync(sql, cancellationToken),
                            "duckdb pooled", () => Task.FromResult(pooled.Ask(sql))).ConfigureAwait(false));
                    }
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
