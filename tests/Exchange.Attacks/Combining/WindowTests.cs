namespace Exchange.Attacks.Combining;

/// <summary>A window over an ordered dimension that shrinks by one step at a time.</summary>
public sealed class WindowTests(AttackExchange exchange)
{
    private const string Columns = """
        unit: worker_id
        columns:
          age:       {type: int, role: dimension, cuts: [30, 40, 50, 60], required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    [Fact]
    public async Task A_shrinking_window_isolates_a_worker_behind_a_threshold_and_only_whole_blocks_in_a_table()
    {
        var rows = Csv.Of("age,pay,worker_id", Enumerable.Range(0, 60).Select(i => new object?[] { 20 + (i * 48 / 60), 2000 + (i * 91 % 700), $"w{i}" }));
        var (careful, naive) = await exchange.PrepareAsync("windows", Columns, rows, AttackExchange.Table, AttackExchange.Threshold);
        Assert.Contains(await StepsAsync(naive), units => units is 1);

        var steps = await StepsAsync(careful);
        Assert.Contains(steps, units => units is not null);
        Assert.All(steps, units => Assert.True(units is null or 0 or >= 10, $"a step of {units}"));
    }

    /// <summary>Differences of consecutive answers, over what was not answered too.</summary>
    private static async Task<List<decimal?>> StepsAsync(Owner owner)
    {
        var (steps, last) = (new List<decimal?>(), (decimal?)null);
        for (var age = 69; age >= 20; age--)
        {
            if (await owner.FigureAsync("COUNT(*)", $"age < {age}") is { } units)
            {
                steps.Add(last - units);
                last = units;
            }
        }

        return steps;
    }
}
