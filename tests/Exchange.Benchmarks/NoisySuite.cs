using Exchange.Cli.Hosting;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Benchmarks;

/// <summary>
/// Noise. A million draws against the five seconds they may take; a noisy question of 480 groups against the exact one of the same node
/// where rows are units, and against DuckDB with COUNT(DISTINCT unit) where an identifier is, its rows adjacent or anywhere. Every round asks another question,
/// so that none is answered from the store.
/// </summary>
internal static class NoisySuite
{
    private const double DrawsMsMax = 5000;
    private const int Draws = 1_000_000;

    private const string OfferYaml = """
        offer: bench
        product: readings/1
        purposes: [research]
        release: noisy
        budget: {rho: 10, delta: 1e-6, per: quarter, groups_per_unit: 5}
        approval: automatic
        expires: 2099-12-31
        """;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        foreach (var (name, noise) in new[] { ("1M cells variance 500", new DiscreteGaussian(500)), ("1M cells variance 2^40", new DiscreteGaussian(1L << 40)) })
        {
            var measured = await Measurement.TakeAsync("noisy", name, 1, rounds: 3, () => Draw(noise), "at most", () => Task.CompletedTask).ConfigureAwait(false);
            report(measured with { BaselineMs = DrawsMsMax });
        }

        var rows = quick ? 1_000_000 : 10_000_000;
        await AskAsync(rows, unit: "row", quick, report, cancellationToken).ConfigureAwait(false);
        await AskAsync(rows, unit: "worker_id", quick, report, cancellationToken).ConfigureAwait(false);
        await AskAsync(rows, unit: "worker_id", quick, report, cancellationToken, scattered: true).ConfigureAwait(false);
        await AskAsync(rows, unit: "worker_id", quick, report, cancellationToken, rowsPerGroup: 5).ConfigureAwait(false);
    }

    private static Task Draw(DiscreteGaussian noise)
    {
        var bits = new SystemRandomBits();
        for (var draw = 0; draw < Draws; draw++)
        {
            noise.Sample(bits);
        }

        return Task.CompletedTask;
    }

    private static async Task AskAsync(long rows, string unit, bool quick, Action<Measurement> report, CancellationToken cancellationToken, int rowsPerGroup = 1, bool scattered = false)
    {
        var folder = TemporaryFolder.Create("exchange-bench");
        try
        {
            using var pooled = new ReadingsData(folder, rows, scattered);
            var product = ReadingsData.ProductYaml.Replace("unit: worker_id", $"unit: {unit}", StringComparison.Ordinal)
                .Replace("region:    {type: string, role: dimension,", $"region:    {{type: string, role: dimension, domain: [{Names('R', 24)}],", StringComparison.Ordinal)
                .Replace("product:   {type: string, role: dimension,", $"product:   {{type: string, role: dimension, domain: [{Names('P', 20)}],", StringComparison.Ordinal);
            await using var cluster = await BenchCluster.StartAsync(folder, 1, pooled.Split(1), product,
                OfferYaml.Replace("groups_per_unit: 5", $"groups_per_unit: 5, rows_per_group: {rowsPerGroup}", StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
            await cluster.OfferAsync("wide-open", "open", new Disclosure { MinUnits = 1, DominancePercent = 100, PPercent = 1e-9 }, cancellationToken).ConfigureAwait(false);
            var (round, exact) = (0, 0);
            string Sql(int number, string more = "") => ReadingsData.QueryB.Replace("FROM readings", $"{more} FROM readings WHERE site <> {number}", StringComparison.Ordinal);
            var isRow = unit == "row";
            report(await Measurement.TakeAsync(
                "noisy", $"480 groups unit {unit}" + (rowsPerGroup > 1 ? " never over its limits" : scattered ? " scattered" : ""), 1, rounds: quick ? 11 : 21,
                () => cluster.AskAsync(Sql(round++), cancellationToken, rho: 0.01),
                isRow ? "exact" : "duckdb count distinct",
                () => isRow ? cluster.AskAsync(Sql(exact++), cancellationToken, purpose: "open") : Task.FromResult(pooled.Ask(Sql(exact++, ", COUNT(DISTINCT worker_id) AS u")))).ConfigureAwait(false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Names(char letter, int count) => string.Join(", ", Enumerable.Range(0, count).Select(number => $"{letter}{number:00}"));
}
