using Exchange.Cli.Hosting;

namespace Exchange.Benchmarks;

/// <summary>
/// A joint question over n real nodes, asked by the client over TLS and verified, against the same question over the pooled rows
/// in one DuckDB in this process. Where nodes are many and rows few, what counts is the least that each owner has to do: there it is
/// measured against that, too (see <see cref="OwnersLeast"/>).
/// </summary>
internal static class JointSuite
{
    private const int ManyNodes = 100;

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
                    var files = pooled.Split(nodes);
                    await using var cluster = await BenchCluster.StartAsync(folder, nodes, files, cancellationToken).ConfigureAwait(false);
                    foreach (var (name, sql) in new[] { ("Q-a", ReadingsData.QueryA), ("Q-b", ReadingsData.QueryB) })
                    {
                        report(await Measurement.TakeAsync(
                            "joint", $"{name} {rows / 1_000_000}M rows", nodes, rounds: quick ? 11 : 21,
                            () => cluster.AskAsync(sql, cancellationToken),
                            "duckdb pooled", () => Task.FromResult(pooled.Ask(sql))).ConfigureAwait(false));
                    }

                    if (nodes >= ManyNodes)
                    {
                        report(await AgainstLeastAsync(folder, cluster, files, $"Q-a {rows / 1_000_000}M rows", cancellationToken).ConfigureAwait(false));
                    }
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<Measurement> AgainstLeastAsync(string folder, BenchCluster cluster, IReadOnlyList<string> files, string name, CancellationToken cancellationToken)
    {
        var sample = await cluster.AskAsync(ReadingsData.QueryA, cancellationToken).ConfigureAwait(false);
        var owners = files.Select(file => new OwnersLeast(folder, file, ReadingsData.QueryA)).ToList();
        await using var least = await BareFleet.StartAsync(cluster, sample, owners, cancellationToken).ConfigureAwait(false);
        return await Measurement.TakeAsync(
            "joint", name, files.Count, rounds: 21, () => cluster.AskAsync(ReadingsData.QueryA, cancellationToken), "bare grpc, signed, run, durable", least.AskAllAsync).ConfigureAwait(false);
    }
}
