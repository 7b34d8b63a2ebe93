using Exchange.Cli.Hosting;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Query.V1;

namespace Exchange.Benchmarks;

/// <summary>
/// What a node adds to a fan-out over n warm nodes, against as many bare gRPC servers with the same mutual TLS, a token of the same
/// length, and requests and replies of the same size. A repeated question is answered from each owner's store: transport, token,
/// signature and receipts, and nothing else. A fresh one is also run by each owner's engine and made durable in its log; it is
/// measured against the same servers with the least of that work done bare, too.
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
                var files = pooled.Split(nodes);
                await using var cluster = await BenchCluster.StartAsync(folder, nodes, files, cancellationToken).ConfigureAwait(false);
                var sample = await cluster.AskAsync(ReadingsData.QueryA, cancellationToken).ConfigureAwait(false);
                var owners = files.Select(file => new OwnersLeast(folder, file, ReadingsData.QueryA)).ToList();
                await using var bare = await BareFleet.StartAsync(cluster, ReplyBytesOf(sample), [], cancellationToken).ConfigureAwait(false);
                await using var least = await BareFleet.StartAsync(cluster, ReplyBytesOf(sample), owners, cancellationToken).ConfigureAwait(false);
                var request = new RunFragmentRequest { Query = sample.Query, AgreementId = new string('a', 26) };
                foreach (var (name, queryId, baseline, fleet) in new[]
                {
                    ("repeated question", sample.QueryId, "bare grpc", bare), ("fresh question", "", "bare grpc", bare),
                    ("fresh question", "", "bare grpc, signed, run, durable", least),
                })
                {
                    report(await Measurement.TakeAsync(
                        "fanout", name, nodes, rounds: quick ? 31 : 101,
                        () => cluster.AskAsync(ReadingsData.QueryA, cancellationToken, queryId),
                        baseline, () => fleet.AskAllAsync(request)).ConfigureAwait(false));
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

    /// <param name="servers">One per node.</param>
    /// <param name="owners">What each does for a question; empty where they do nothing.</param>
    private sealed class BareFleet(IReadOnlyList<BareServer> servers, IReadOnlyList<OwnersLeast> owners) : IAsyncDisposable
    {
        public static async Task<BareFleet> StartAsync(BenchCluster cluster, int replyBytes, IReadOnlyList<OwnersLeast> owners, CancellationToken cancellationToken)
        {
            var asker = Home.Open(cluster.AskerHome);
            var servers = new List<BareServer>();
            foreach (var home in cluster.OwnerHomes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Action? work = owners.Count > 0 ? owners[servers.Count].Answer : null;
                servers.Add(await BareServer.StartAsync(Home.Open(home), asker, replyBytes, "Bearer " + new string('t', TokenLength), work).ConfigureAwait(false));
            }

            return new BareFleet(servers, owners);
        }

        public Task AskAllAsync(RunFragmentRequest request) => Task.WhenAll(servers.Select(async (server, index) =>
        {
            await server.AskAsync(request).ConfigureAwait(false);
            if (owners.Count > 0 && !owners[index].Receive())
            {
                throw new InvalidOperationException("A signature just made does not hold.");
            }
        }));

        public async ValueTask DisposeAsync()
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }

            foreach (var owner in owners)
            {
                owner.Dispose();
            }
        }
    }
}
