using Exchange.Cli.Hosting;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Benchmarks;

/// <summary>
/// Secure sums over real nodes, asked by the client over TLS and verified, against the same question of the same nodes answered by each for
/// itself. Every question agrees on keys and shares anew, but for the further questions. At a hundred nodes a first one is held against what it may take, also where ten owners
/// refuse when they have dealt their shares: their masks have to be opened then.
/// </summary>
internal static class SecureNodes
{
    private const string Purpose = "sums";
    private const string ByHour = "SELECT hour, COUNT(*) AS n, SUM(units) AS s, AVG(kwh) AS a, VAR_SAMP(kwh) AS v FROM readings GROUP BY hour";
    private const string OnceADay = "once";
    private const double FirstQuestionMsMax = 1500;
    private const double DropOutsMsMax = 2000;

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
            await DropOutsAsync(cluster, rounds, report, cancellationToken).ConfigureAwait(false);
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

    // Ten owners have answered the one question that their offers allow in a day. They learn that this is another when their values would leave, which is
    // in the third round. Beforehand they were in no sum with the others, who go on without them.
    private static async Task DropOutsAsync(BenchCluster cluster, int rounds, Action<Measurement> report, CancellationToken cancellationToken)
    {
        await cluster.OfferAsync("once", OnceADay, new Disclosure { MinUnits = 10, MinNodes = 3 }, cancellationToken, Aggregation.Secure, answeringOnce: 10).ConfigureAwait(false);
        await cluster.AskLastAsync(10, ByHour, OnceADay, cancellationToken).ConfigureAwait(false);
        var questions = 0;
        // In other words each time: the answer of those that are left is stored for who asks the same again.
        var measured = await Measurement.TakeAsync(
            "secure", "10 drop out, by hour", 100, rounds, () => cluster.AskExactlyAsync(90, $"{ByHour} ORDER BY hour LIMIT {1000 + questions++}", OnceADay, cancellationToken),
            "at most", () => Task.CompletedTask).ConfigureAwait(false);
        report(measured with { BaselineMs = DropOutsMsMax });
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
