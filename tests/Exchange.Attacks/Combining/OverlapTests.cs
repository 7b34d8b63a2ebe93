namespace Exchange.Attacks.Combining;

/// <summary>A panel: the same workers come again every month.</summary>
public sealed class OverlapTests(AttackExchange exchange)
{
    private const decimal JoinerPay = 8123;

    private const string Columns = """
        unit: worker_id
        columns:
          month:     {type: date, role: dimension, grain: month, required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    /// <summary>A + B − A∪B: two sets of units over the threshold that share two.</summary>
    [Fact]
    public async Task Distinct_units_of_two_months_and_of_both_tell_who_is_in_both_behind_a_threshold_and_a_table_does_not_count_them()
    {
        const string january = "month < DATE '2025-02-01'", february = "month >= DATE '2025-02-01'";
        var workers = Enumerable.Range(0, 15).Select(i => ("2025-01-05", i)).Concat(Enumerable.Range(13, 15).Select(i => ("2025-02-05", i))).ToList();
        var rows = Csv.Of("month,pay,worker_id", workers.Select(row => new object?[] { row.Item1, 3000 + row.i, $"w{row.i}" }));
        var (careful, naive) = await exchange.PrepareAsync("overlap", Columns, rows, AttackExchange.Table, AttackExchange.Threshold);
        Task<decimal?> UnitsAsync(Owner owner, string where) => owner.FigureAsync("COUNT(DISTINCT worker_id)", where);
        Assert.Equal(2, await UnitsAsync(naive, january) + await UnitsAsync(naive, february) - await UnitsAsync(naive, "TRUE"));

        var overlap = await careful.FigureAsync("COUNT(*)", january) + await careful.FigureAsync("COUNT(*)", february) - await careful.FigureAsync("COUNT(*)");
        Assert.True(overlap is null or 0, $"COUNT(*) tells of {overlap}");

        // Each month is a block and its units are told; of both there are as many as in one month at least, and at most as many as in both together.
        Assert.Equal((15, 15), (await UnitsAsync(careful, january), await UnitsAsync(careful, february)));
        var both = Assert.Single((await careful.AskAsync("SELECT COUNT(DISTINCT worker_id) FROM overlap")).Response!.Rows);
        Assert.Equal((15.0, 30.0), (Assert.Single(both.ErrorBounds).Low, both.ErrorBounds[0].High));
    }

    /// <summary>Not promised, and said in every agreement: differences of blocks are not unions.</summary>
    [Fact]
    public async Task Panel_differencing_succeeds_against_a_table_the_difference_of_two_months_is_the_joiners_pay()
    {
        await exchange.PublishProductAsync("panel", Columns);
        var careful = exchange.At("careful", "panel");
        await careful.PublishAsync(Csv.Of("month,pay,worker_id", Enumerable.Range(0, 31).Select(i => i == 30
            ? new object?[] { "2025-02-03", JoinerPay, "joiner" }
            : [i < 15 ? "2025-01-03" : "2025-02-03", 3000 + (i % 15 * 41), $"w{i % 15}"])));
        await careful.OfferAsync(AttackExchange.Table);

        var months = (await careful.AskAsync("SELECT month, SUM(pay), COUNT(*) FROM panel GROUP BY month ORDER BY month")).Rows;
        Assert.Equal(1, months[1].Number(2) - months[0].Number(2));
        Assert.Equal(JoinerPay, months[1].Number(1) - months[0].Number(1));
        Assert.Contains(await careful.PreviewAsync(), sentence => sentence.StartsWith("Not promised", StringComparison.Ordinal) && sentence.Contains("a panel of months", StringComparison.Ordinal));
    }
}
