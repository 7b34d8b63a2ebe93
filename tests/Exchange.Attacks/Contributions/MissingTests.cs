namespace Exchange.Attacks.Contributions;

/// <summary>A value that one person alone lacks, told by two counts.</summary>
public sealed class MissingTests(AttackExchange exchange)
{
    private const string Columns = """
        unit: worker_id
        columns:
          hall:      {type: string, role: dimension, domain: [one, two], required: true}
          fitness:   {type: int, role: measure, bounds: [0, 100]}
          worker_id: {type: string, role: identifier}
        """;

    // Without squares, for which a table wants ten units.
    private const string Words = "\ncolumns: {hall: [group, filter], fitness: [count, sum]}";

    // One worker of hall one was not tested, and a third of hall two.
    private static string Rows => Csv.Of("hall,fitness,worker_id", Enumerable.Range(0, 80).Select(i =>
        new object?[] { i < 40 ? "one" : "two", i == 7 || (i > 40 && i % 3 == 0) ? null : 40 + (i % 50), $"w{i}" }));

    [Fact]
    public async Task That_one_worker_alone_lacks_a_value_is_not_told_by_a_count_beside_a_count()
    {
        // The naive reading protects what is counted, and not what is left out of a count: nobody is, where two answers are subtracted.
        var (careful, naive) = await exchange.PrepareAsync("missing", Columns, Rows, "release: checked", AttackExchange.Threshold);
        Assert.Equal(1, await naive.FigureAsync("COUNT(*)", "hall = 'one'") - await naive.FigureAsync("COUNT(fitness)", "hall = 'one'"));
        Assert.Null(await careful.FigureAsync("COUNT(*) - COUNT(fitness)", "hall = 'one'"));
        Assert.Equal(13, await careful.FigureAsync("COUNT(*) - COUNT(fitness)", "hall = 'two'"));
    }

    [Fact]
    public async Task A_table_by_threshold_alone_tells_that_one_worker_lacks_a_value_and_one_under_all_rules_that_nobody_or_three_do()
    {
        var (careful, naive) = await exchange.PrepareAsync("untested", Columns, Rows, AttackExchange.Table, AttackExchange.TableByThresholdAlone + Words);
        Assert.Equal(1, await LackingAsync(naive, "hall = 'one'"));
        Assert.Null(await LackingAsync(careful, "hall = 'one'"));
        Assert.Equal(40, await careful.FigureAsync("COUNT(*)", "hall = 'one'"));
        Assert.Equal(13, await LackingAsync(careful, "hall = 'two'"));
        // Nor by all that is told of both halls: 40 of it are those of hall one, whose values the table does not tell.
        Assert.Equal(40 + 13, await LackingAsync(careful, "TRUE"));
    }

    private static async Task<decimal?> LackingAsync(Owner owner, string where) =>
        await owner.FigureAsync("COUNT(*)", where) - await owner.FigureAsync("COUNT(fitness)", where);
}
