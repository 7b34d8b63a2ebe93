using Exchange.Cli.Hosting;

namespace Exchange.Benchmarks;

/// <summary>
/// What a node adds to a fan-out over n warm nodes, against as many bare gRPC servers with the same mutual TLS, a token of the same
/// length, and requests and replies of the same size. A repeated question is answered from each owner's store: transport, token,
/// signature and receipts, and nothing else. A fresh one is also run by each owner's engine and made durable in its log; it is
/// measured against the same servers with the least of that work done bare, too.
/// </summary>
internal static class FanoutSuite
{
    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        int[] federations = quick ? [3, 10] : [3, 10, 100];
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows: 100_000);
            foreach (var nodes in federations)
            {
                var files = pooled.Split(nodes);
                await using var cluster = await BenchCluster.StartAsync(folder, nodes, files, cancellationToken).ConfigureAwait(false);
                var sample = await cluster.AskAsync(ReadingsData.QueryA, cancellationToken).ConfigureAwait(false);
                var owners = files.Select(file => new OwnersLeast(folder, file, ReadingsData.QueryA)).ToList();
                await using var bare = await BareFleet.StartAsync(cluster, sample, [], cancellationToken).ConfigureAwait(false);
                await using var least = await BareFleet.StartAsync(cluster, sample, owners, cancellationToken).ConfigureAwait(false);
                foreach (var (name, queryId, baseline, fleet) in new[]
                {
                    ("repeated question", sample.QueryId, "bare grpc", bare), ("fresh question", "", "bare grpc", bare),
                    ("fresh question", "", "bare grpc, signed, run, durable", least),
                })
                {
                    report(await Measurement.TakeAsync(
                        "fanout", name, nodes, rounds: quick ? 31 : 101,
                        () => cluster.AskAsync(ReadingsData.QueryA, cancellationToken, queryId),
                        baseline, () => fleet.AskAllAsync()).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
