namespace Exchange.Attacks.Contributions;

/// <summary>Sums that tell every member's value because they are all alike, and those without a value.</summary>
public sealed class AlikeTests(AttackExchange exchange)
{
    private const string Columns = """
        unit: worker_id
        columns:
          hall:      {type: string, role: dimension, domain: [one, two, three], required: true}
          sick_days: {type: int, role: measure, bounds: [0, 366], required: true}
          in_union:  {type: int, role: measure, bounds: [0, 1], required: true}
          bonus:     {type: int, role: measure, bounds: [0, 10000]}
          worker_id: {type: string, role: identifier}
        """;

    // Nobody in hall one was sick, all of hall two but two are in the union, and in hall three two have a bonus.
    private static string Rows => Csv.Of("hall,sick_days,in_union,bonus,worker_id", Enumerable.Range(0, 90).Select(i => (i / 30) switch
    {
        0 => new object?[] { "one", 0, i % 2, 100 + i, $"w{i}" },
        1 => ["two", i % 7, i < 32 ? 0 : 1, 100 + (i * 3), $"w{i}"],
        _ => ["three", i % 5, i % 2, i is 60 or 75 ? 4000 + i : null, $"w{i}"],
    }));

    [Fact]
    public async Task That_nobody_of_a_hall_was_sick_is_told_without_spread_and_not_by_a_table()
    {
        var (careful, trusting) = await exchange.PrepareAsync("zeros", Columns, Rows, AttackExchange.Table, AttackExchange.Open);
        var harmless = Columns.Replace("bounds: [0, 366],", "bounds: [0, 366], zero: harmless,", StringComparison.Ordinal);
        var (naive, _) = await exchange.PrepareAsync("harmless", harmless, Rows, AttackExchange.Table, AttackExchange.Table);
        Assert.Equal(0, await naive.FigureAsync("SUM(sick_days)", "hall = 'one'"));
        Assert.Null(await trusting.FigureAsync("SUM(sick_days)", "hall = 'one'"));
        Assert.DoesNotContain(await FiguresAsync(careful, "sick_days"), figure => figure.Sum == 0);
    }

    [Fact]
    public async Task A_yes_of_nearly_all_is_told_without_spread_and_a_table_has_ten_of_each_answer()
    {
        var (careful, naive) = await exchange.PrepareAsync("answers", Columns, Rows, AttackExchange.Table, AttackExchange.Open);
        Assert.Contains(await FiguresAsync(naive, "in_union"), figure => figure.Values - figure.Sum == 2);
        Assert.All(await FiguresAsync(careful, "in_union"), figure => Assert.True(figure.Sum >= 10 && figure.Values - figure.Sum >= 10, $"{figure}"));
    }

    /// <summary>A sum over three halls less one over two, each of many values, is one of two.</summary>
    [Fact]
    public async Task A_difference_in_which_two_have_a_value_is_told_behind_a_threshold_and_not_by_a_table()
    {
        var (careful, naive) = await exchange.PrepareAsync("nulls", Columns, Rows, AttackExchange.Table, AttackExchange.Threshold);
        const decimal bonuses = 4060 + 4075;
        Assert.Contains((2, bonuses), await DifferencesAsync(naive));
        Assert.All(await DifferencesAsync(careful), difference => Assert.True(difference.Values is 0 or >= 10 && difference.Sum != bonuses, $"{difference}"));
    }

    private static async Task<List<(decimal Values, decimal Sum)>> FiguresAsync(Owner owner, string measure)
    {
        var figures = new List<(decimal, decimal)>();
        foreach (var where in new[] { "hall = 'one'", "hall = 'two'", "hall = 'three'", "hall <> 'one'", "hall <> 'two'", "hall <> 'three'", "TRUE" })
        {
            var reply = await owner.AskAsync($"SELECT COUNT({measure}), SUM({measure}) FROM {owner.ProductId.Split('/')[0]} WHERE {where}");
            figures.AddRange(reply.Rows.Where(row => row.Number(1) is not null).Select(row => (row.Number(0)!.Value, row.Number(1)!.Value)));
        }

        return figures;
    }

    private static async Task<List<(decimal Values, decimal Sum)>> DifferencesAsync(Owner owner)
    {
        var figures = await FiguresAsync(owner, "bonus");
        return [.. from one in figures from other in figures where one.Values >= other.Values select (one.Values - other.Values, one.Sum - other.Sum)];
    }
}
