using Exchange.Cli.Hosting;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Query.V1;

namespace Exchange.Benchmarks;

/// <summary>
/// What a node adds to a fan-out over n warm nodes, against as many bare gRPC servers with the same mutual TLS, a token of the same
/// length, and requests and replies of the same size. A repeated question is answered from each owner's store: transport, token,
/// signature and receipts, and nothing else. A fresh one is also run by each owner's engine and made durable in its log.
/// </summary>
internal static class FanoutSuite
{
    private const int TokenLength = 900;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        int[] federations = quick ? [3, 10] : [3, 10, 100];
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows: 100_000);
            foreach (var nodes in federations)
            {
                await using var cluster = await BenchCluster.StartAsync(folder, nodes, pooled.Split(nodes), cancellationToken).ConfigureAwait(false);
                var sample = await cluster.AskAsync(ReadingsData.QueryA, cancellationToken).ConfigureAwait(false);
                await using var bare = await BareFleet.StartAsync(cluster, ReplyBytesOf(sample), cancellationToken).ConfigureAwait(false);
                var request = new RunFragmentRequest { Query = sample.Query, AgreementId = new string('a', 26) };
                foreach (var (name, queryId) in new[] { ("repeated question", sample.QueryId), ("fresh question", "") })
                {
                    report(await Measurement.TakeAsync(
                        "fanout", name, nodes, rounds: quick ? 31 : 101,
                        () => cluster.AskAsync(ReadingsData.QueryA, cancellationToken, queryId),
                        "bare grpc", () => bare.AskAllAsync(request)).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // An answer of one cell with its salt and receipt.
    private static int ReplyBytesOf(Protocol.Owner.V1.RunQueryResponse sample) => 150 + sample.Coverage[0].Receipt.CalculateSize();

    private sealed class BareFleet(IReadOnlyList<BareServer> servers) : IAsyncDisposable
    {
        public static async Task<BareFleet> StartAsync(BenchCluster cluster, int replyBytes, CancellationToken cancellationToken)
        {
            var asker = Home.Open(cluster.AskerHome);
            var servers = new List<BareServer>();
            foreach (var home in cluster.OwnerHomes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                servers.Add(await BareServer.StartAsync(Home.Open(home), asker, replyBytes, "Bearer " + new string('t', TokenLength)).ConfigureAwait(false));
            }

            return new BareFleet(servers);
        }

        public Task AskAllAsync(RunFragmentRequest request) => Task.WhenAll(servers.Select(server => server.AskAsync(request)));

        public async ValueTask DisposeAsync()
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
