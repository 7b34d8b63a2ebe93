using Exchange.Cli.Hosting;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Benchmarks;

/// <summary>
/// Secure sums over real nodes, asked by the client over TLS and verified, against the same question of the same nodes answered by each for
/// itself. Every question agrees on keys and shares anew, but for the further questions at a hundred nodes; a first one there is held against what it may take.
/// </summary>
internal static class SecureNodes
{
    private const string Purpose = "sums";
    private const string ByHour = "SELECT hour, COUNT(*) AS n, SUM(units) AS s, AVG(kwh) AS a, VAR_SAMP(kwh) AS v FROM readings GROUP BY hour";
    private const double FirstQuestionMsMax = 1500;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var rows = quick ? 1_000_000 : 10_000_000;
        foreach (var nodes in (int[])[3, 10])
        {
            await WithAsync(rows, nodes, async cluster =>
            {
                var of = $"by hour {rows / 1_000_000}M rows";
                report(await Measurement.TakeAsync(
                    "secure", of, nodes, rounds: quick ? 7 : 21, () => FirstAsync(cluster, cancellationToken), "unmasked", () => cluster.AskAsync(ByHour, cancellationToken)).ConfigureAwait(false));
                report(await Measurement.TakeAsync(
                    "secure", of + " further", nodes, rounds: quick ? 7 : 21, () => cluster.AskAsync(ByHour, cancellationToken, purpose: Purpose), "unmasked", () => cluster.AskAsync(ByHour, cancellationToken)).ConfigureAwait(false));
            }, cancellationToken).ConfigureAwait(false);
        }

        await WithAsync(100_000, 100, async cluster =>
        {
            var rounds = quick ? 3 : 9;
            var measured = await Measurement.TakeAsync(
                "secure", "first question, by hour", 100, rounds, () => FirstAsync(cluster, cancellationToken), "at most", () => Task.CompletedTask).ConfigureAwait(false);
            report(measured with { BaselineMs = FirstQuestionMsMax });
            report(await Measurement.TakeAsync(
                "secure", "further question, by hour", 100, rounds, () => cluster.AskAsync(ByHour, cancellationToken, purpose: Purpose),
                "unmasked", () => cluster.AskAsync(ByHour, cancellationToken)).ConfigureAwait(false));
        }, cancellationToken).ConfigureAwait(false);
    }

    // The owners keep the keys of the last one, of which they are not told.
    private static Task FirstAsync(BenchCluster cluster, CancellationToken cancellationToken)
    {
        cluster.ForgetAgreedKeys();
        return cluster.AskAsync(ByHour, cancellationToken, purpose: Purpose);
    }

    private static async Task WithAsync(int rows, int nodes, Func<BenchCluster, Task> measure, CancellationToken cancellationToken)
    {
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows);
            await using var cluster = await BenchCluster.StartAsync(folder, nodes, pooled.Split(nodes), cancellationToken).ConfigureAwait(false);
            await cluster.OfferAsync("sums", Purpose, new Disclosure { MinUnits = 10, MinNodes = 3 }, cancellationToken, Aggregation.Secure).ConfigureAwait(false);
            await measure(cluster).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
