using Exchange.Cli.Hosting;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Benchmarks;

/// <summary>What the release rules of <c>checked</c> cost: the same questions to the same nodes with all rules, against the gate wide open.</summary>
internal static class CheckedSuite
{
    private const string Ours = "all rules";
    private const string Open = "wide open";

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        int[] federations = quick ? [3] : [3, 10];
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows: 1_000_000);
            foreach (var nodes in federations)
            {
                await using var cluster = await BenchCluster.StartAsync(folder, nodes, pooled.Split(nodes), cancellationToken).ConfigureAwait(false);
                await cluster.OfferAsync("wide-open", "open", new Disclosure { MinUnits = 1, DominancePercent = 100, PPercent = 1e-9 }, cancellationToken).ConfigureAwait(false);
                foreach (var (name, sql) in new[] { ("Q-a", ReadingsData.QueryA), ("Q-b", ReadingsData.QueryB), ("Q-c", ReadingsData.QueryC) })
                {
                    report(await Measurement.TakeAsync(
                        "checked", $"{name} {Ours}", nodes, rounds: quick ? 11 : 21,
                        () => cluster.AskAsync(sql, cancellationToken),
                        Open, () => cluster.AskAsync(sql, cancellationToken, purpose: "open")).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
