namespace Exchange.Attacks.Contributions;

/// <summary>Sums that are nearly one firm's.</summary>
public sealed class DominanceTests(AttackExchange exchange)
{
    [Fact]
    public async Task The_runner_up_estimates_a_giant_in_a_table_by_threshold_alone_and_misses_it_by_p_where_all_rules_hold()
    {
        var steel = Firms.Rows([1_000_000, 20_000, .. Enumerable.Repeat(900, 12)]);
        var (careful, naive) = await exchange.PrepareAsync("dominance", Firms.Columns, steel, AttackExchange.Table,
            $"{AttackExchange.TableByThresholdAlone}\ncolumns: {{sector: [group, filter], output: [sum]}}");
        Assert.True(await Firms.BestEstimateAsync(naive, 1_000_000, 20_000) < 0.02m);
        Assert.True(await Firms.BestEstimateAsync(careful, 1_000_000, 20_000) >= 0.1m);
        Assert.NotNull(await careful.FigureAsync("COUNT(*)", "sector = 'steel'"));
        Assert.NotNull(await careful.FigureAsync("SUM(output)", "sector = 'coal'"));
    }

    [Fact]
    public async Task Three_firms_that_pool_what_they_know_win_where_one_is_expected_and_fail_where_three_are()
    {
        var steel = Firms.Rows([100_000, 50_000, 50_000, 50_000, .. Enumerable.Repeat(500, 12)]);
        var (careful, naive) = await exchange.PrepareAsync(
            "collusion", Firms.Columns, steel, "release: table\ndisclosure: {coalition: 3}", "release: table\ndisclosure: {coalition: 1}");
        Assert.True(await Firms.BestEstimateAsync(naive, 100_000, 150_000) < 0.1m);
        Assert.True(await Firms.BestEstimateAsync(careful, 100_000, 150_000) >= 0.1m);
    }
}
