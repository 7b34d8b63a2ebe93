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
}
