namespace Exchange.Attacks.Contributions;

/// <summary>Edges of bins, and a sum.</summary>
public sealed class BinEdgeTests(AttackExchange exchange)
{
    private const decimal VictimPay = 7777;

    private const string Columns = """
        unit: worker_id
        columns:
          hall:      {type: string, role: dimension, domain: [one], required: true}
          pay:       {type: int, role: measure, bounds: [1000, 10000], step: 1000, required: true}
          worker_id: {type: string, role: identifier}
        """;

    // Without squares, for which a table wants ten units.
    private const string Words = "columns: {hall: [group], pay: [count, sum, range, quantile]}\n";

    // Everybody but one earns hardly more than an edge of the grid.
    private static string Rows => Csv.Of("hall,pay,worker_id", Enumerable.Range(0, 41).Select(i =>
        new object?[] { "one", i == 40 ? VictimPay : (i < 20 ? 1000 : 2000) + (i % 3), $"w{i}" }));

    [Fact]
    public async Task A_sum_less_the_lower_edges_of_the_others_is_the_victims_pay_and_a_table_joins_those_bins()
    {
        var (careful, naive) = await exchange.PrepareAsync("edges", Columns, Rows, Words + AttackExchange.Table, Words + AttackExchange.TableByThresholdAlone);
        Assert.InRange(await EstimateAsync(naive) ?? 0, VictimPay * 0.99m, VictimPay * 1.01m);
        Assert.Null(await EstimateAsync(careful));
        // What the attack is made of is served, with bounds that hold.
        var row = Assert.Single((await careful.AskAsync("SELECT SUM(pay), MEDIAN(pay), MAX(pay) FROM edges")).Response!.Rows);
        Assert.Equal([1, 2], row.ErrorBounds.Select(bound => bound.Column));
        Assert.All(row.ErrorBounds, bound => Assert.True(bound.Low <= 2000 && bound.High >= (double)VictimPay));
    }

    // Twenty stand in the lowest bin, the others in the one in which the largest lies: the edges are known, and so is what is left of the sum.
    private static async Task<decimal?> EstimateAsync(Owner owner)
    {
        var reply = await owner.AskAsync("SELECT SUM(pay), COUNT(*), MIN(pay), MAX(pay) FROM edges");
        var bounds = reply.Response!.Rows.Single().ErrorBounds;
        var (low, high) = ((decimal)bounds.Single(bound => bound.Column == 2).Low, (decimal)bounds.Single(bound => bound.Column == 3).Low);
        return high == low ? null : reply.Rows[0].Number(0) - (20 * low) - ((reply.Rows[0].Number(1) - 21) * high);
    }
}
