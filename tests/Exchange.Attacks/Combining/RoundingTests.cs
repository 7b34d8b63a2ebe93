namespace Exchange.Attacks.Combining;

/// <summary>
/// Whoever rounds each answer is probed: with groups of known size beside it, an unknown count is exactly where the rounded total steps up.
/// A table is rounded once, when it is made.
/// </summary>
public sealed class RoundingTests(AttackExchange exchange)
{
    private const int Unknown = 23;
    private const int Base = 5;

    private const string Columns = """
        unit: worker_id
        columns:
          hall:      {type: string, role: dimension, domain: [unknown, k0, k1, k2, k3, k4], required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    // The attacker knows the sizes of the other halls: 20, 21, 22, 23, 24.
    private static readonly (string Hall, int Size)[] Halls = [("unknown", Unknown), .. Enumerable.Range(0, Base).Select(k => ($"k{k}", 20 + k))];

    [Fact]
    public async Task A_count_is_found_where_rounded_totals_step_up_and_a_table_rounds_no_total()
    {
        var rows = Csv.Of("hall,pay,worker_id", Halls.SelectMany(hall => Enumerable.Range(0, hall.Size).Select(i => (hall.Hall, i)))
            .Select((worker, number) => new object?[] { worker.Hall, 2000 + (worker.i * 37 % 500), $"w{number}" }));
        var (careful, naive) = await exchange.PrepareAsync("rounding", Columns, rows, $"release: table\ndisclosure: {{round_to: {Base}}}", AttackExchange.Threshold);
        // No class rounds each answer; here somebody does between the node and the attacker.
        async Task<int> RoundedAsync(string where) => Rounded(await CountAsync(naive, where));
        Assert.Equal(Unknown, Probe(await RoundedAsync("hall = 'unknown'"), await TotalsAsync(RoundedAsync)));

        var alone = await CountAsync(careful, "hall = 'unknown'");
        Assert.Equal(0, alone % Base);
        var totals = await TotalsAsync(where => CountAsync(careful, where));
        foreach (var (hall, size) in Halls.Skip(1))
        {
            Assert.Equal(alone + await CountAsync(careful, $"hall = '{hall}'"), totals[size]);
        }

        Assert.NotEqual(Unknown, Probe(alone, totals));
    }

    private static async Task<int> CountAsync(Owner owner, string where) => (int)(await owner.FigureAsync("COUNT(*)", where))!.Value;

    /// <summary>What is told of the unknown hall together with each of the others, by the size of that.</summary>
    private static async Task<Dictionary<int, int>> TotalsAsync(Func<string, Task<int>> count)
    {
        var totals = new Dictionary<int, int>();
        foreach (var (hall, size) in Halls.Skip(1))
        {
            totals.Add(size, await count($"hall IN ('unknown', '{hall}')"));
        }

        return totals;
    }

    /// <summary>The one count that agrees with every rounded total; null where none or several do.</summary>
    private static int? Probe(int alone, Dictionary<int, int> totals)
    {
        var fits = Enumerable.Range(Math.Max(0, alone - Base), 2 * Base).Where(count => Rounded(count) == alone && Halls.Skip(1).All(hall => Rounded(count + hall.Size) == totals[hall.Size])).ToList();
        return fits.Count == 1 ? fits[0] : null;
    }

    private static int Rounded(int count) => (count + (Base / 2)) / Base * Base;
}
