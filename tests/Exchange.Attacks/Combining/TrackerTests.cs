namespace Exchange.Attacks.Combining;

/// <summary>Questions that are each answered by right, and whose difference is one person.</summary>
public sealed class TrackerTests(AttackExchange exchange)
{
    private const string Tracker = "sex = 'm'";

    /// <summary>D. E. Denning, P. J. Denning, M. D. Schwartz, The Tracker: a threat to statistical database security, TODS 1979.</summary>
    [Fact]
    public async Task A_tracker_finds_the_victim_behind_a_threshold_and_nobody_in_a_table()
    {
        var (careful, naive) = await exchange.PrepareAsync("tracker", Wages.Columns, Wages.Rows, AttackExchange.Table, AttackExchange.Threshold);
        Assert.Null(await naive.FigureAsync("SUM(pay)", Wages.Victim));
        Assert.Equal(Wages.VictimPay, await TrackAsync(naive, "SUM(pay)"));
        Assert.Equal(1, await TrackAsync(naive, "COUNT(*)"));

        Assert.NotEqual(Wages.VictimPay, await TrackAsync(careful, "SUM(pay)"));
        Assert.NotEqual(1, await TrackAsync(careful, "COUNT(*)"));
    }

    [Fact]
    public async Task All_less_all_but_one_is_the_victim_behind_a_threshold_and_nobody_in_a_table()
    {
        var (careful, naive) = await exchange.PrepareAsync("difference", Wages.Columns, Wages.Rows, AttackExchange.Table, AttackExchange.Threshold);
        Assert.Contains(Wages.VictimPay, await PairsAsync(naive, "SUM(pay)"));
        Assert.Contains(1, await PairsAsync(naive, "COUNT(*)"));

        Assert.DoesNotContain(Wages.VictimPay, await PairsAsync(careful, "SUM(pay)"));
        Assert.All(await PairsAsync(careful, "COUNT(*)"), units => Assert.True(units is 0 or >= 10, $"a difference of {units}"));
    }

    [Fact]
    public async Task What_a_total_has_beyond_its_shown_parts_is_the_hidden_one_behind_a_threshold_and_a_whole_block_in_a_table()
    {
        var (careful, naive) = await exchange.PrepareAsync("complement", Wages.Columns, Wages.Rows, AttackExchange.Table, AttackExchange.Threshold);
        Assert.Equal((1, Wages.VictimPay), await ComplementAsync(naive));

        var (units, pay) = await ComplementAsync(careful);
        Assert.True(units is 0 or >= 10);
        Assert.NotEqual(Wages.VictimPay, pay);
    }

    /// <summary>The notes beside an answer must not say what the answer does not.</summary>
    [Fact]
    public async Task What_touches_a_cell_is_told_in_whole_blocks_and_never_as_the_size_of_an_atom()
    {
        var (careful, naive) = await exchange.PrepareAsync("touching", Wages.Columns, Wages.Rows, AttackExchange.Table, AttackExchange.Threshold);
        // Where units are withheld, the naive reading tells how many: the total of the region less what is shown of it.
        Assert.Equal((1, Wages.VictimPay), await ComplementAsync(naive));

        var told = new HashSet<decimal>();
        foreach (var cell in AllCells())
        {
            foreach (var row in (await careful.AskAsync($"SELECT COUNT(*), SUM(pay) FROM touching WHERE {cell}")).Rows)
            {
                told.UnionWith([row.Touching, row.Touching + (row.Number(0) ?? 0)]);
            }
        }

        foreach (var row in (await careful.AskAsync("SELECT region, sex, grade, COUNT(*), SUM(pay) FROM touching GROUP BY region, sex, grade")).Rows)
        {
            told.UnionWith([row.Touching, row.Touching + (row.Number(3) ?? 0)]);
        }

        var blocks = (await careful.TableAsync()).Blocks.Select(block => (decimal)block.UnitsMost).ToList();
        Assert.All(told, units => Assert.Contains(units, SumsOf(blocks)));
        Assert.DoesNotContain(1, told);
    }

    private static async Task<decimal?> TrackAsync(Owner owner, string figure) =>
        await owner.FigureAsync(figure, $"({Wages.Victim}) OR {Tracker}") + await owner.FigureAsync(figure, $"({Wages.Victim}) OR NOT {Tracker}")
        - await owner.FigureAsync(figure, Tracker) - await owner.FigureAsync(figure, $"NOT {Tracker}");

    private static async Task<List<decimal>> PairsAsync(Owner owner, string figure)
    {
        var differences = new List<decimal>();
        foreach (var wide in new[] { "region = 'south'", "sex = 'f'", "region = 'south' AND sex = 'f'", "grade IN ('a', 'b', 'c')", "sex = 'f' OR grade = 'c'" })
        {
            if (await owner.FigureAsync(figure, wide) - await owner.FigureAsync(figure, $"({wide}) AND NOT ({Wages.Victim})") is { } difference)
            {
                differences.Add(difference);
            }
        }

        return differences;
    }

    private static async Task<(decimal? Units, decimal? Pay)> ComplementAsync(Owner owner)
    {
        var all = (await owner.AskAsync($"SELECT COUNT(*), SUM(pay) FROM {owner.ProductId.Split('/')[0]} WHERE region = 'south'")).Rows[0];
        var shown = (await owner.AskAsync($"SELECT grade, COUNT(*), SUM(pay) FROM {owner.ProductId.Split('/')[0]} WHERE region = 'south' GROUP BY grade")).Rows;
        return (all.Number(0) - shown.Sum(row => row.Number(1)), all.Number(1) - shown.Sum(row => row.Number(2) ?? 0));
    }

    private static IEnumerable<string> AllCells() =>
        from region in new[] { "TRUE", "region = 'north'", "region = 'south'" }
        from sex in new[] { "TRUE", "sex = 'f'", "sex = 'm'" }
        from grade in new[] { "TRUE", "grade = 'a'", "grade = 'b'", "grade = 'c'", "grade <> 'c'", "grade IN ('b', 'c')" }
        select $"{region} AND {sex} AND {grade}";

    private static HashSet<decimal> SumsOf(List<decimal> blocks)
    {
        var sums = new HashSet<decimal> { 0 };
        foreach (var block in blocks)
        {
            sums.UnionWith(sums.Select(sum => sum + block).ToList());
        }

        return sums;
    }
}
