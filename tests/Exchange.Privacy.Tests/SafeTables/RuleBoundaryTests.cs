using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Each rule in a built table, at its boundary from both sides.</summary>
public sealed class RuleBoundaryTests
{
    private static readonly TableRules Rules = new();
    private static readonly MeasureLayout Plain = new() { Name = "x" };

    private static bool Stands(MeasureLayout measure, params long?[] values) => Blocks.Stands(Blocks.Of(measure, Rules, values));

    [Fact]
    public void Ten_units_are_a_block_and_nine_are_not()
    {
        Assert.True(Stands(Plain, Blocks.Spread(10)));
        Assert.False(Stands(Plain, Blocks.Spread(9)));
    }

    [Fact]
    public void A_measure_needs_as_many_units_with_a_value()
    {
        Assert.True(Stands(Plain, [.. Blocks.Spread(10), null, null, null]));
        Assert.False(Stands(Plain, [.. Blocks.Spread(9), null, null, null]));
    }

    [Fact]
    public void What_remains_without_the_two_largest_is_a_tenth_of_the_largest()
    {
        var rules = Rules with { DominancePercent = 100 };
        Assert.True(Blocks.Stands(Blocks.Of(Plain, rules, 1_000, 200, 13, 13, 13, 13, 12, 12, 12, 12)));
        Assert.False(Blocks.Stands(Blocks.Of(Plain, rules, 1_000, 200, 13, 13, 13, 13, 12, 12, 12, 11)));
    }

    [Fact]
    public void A_coalition_takes_more_away()
    {
        long?[] values = [100, 100, 20, 20, 20, 2, 2, 2, 2, 2];
        Assert.True(Blocks.Stands(Blocks.Of(Plain, Rules with { DominancePercent = 100 }, values)));
        Assert.True(Blocks.Stands(Blocks.Of(Plain, Rules with { DominancePercent = 100, Coalition = 4 }, values)));
        Assert.False(Blocks.Stands(Blocks.Of(Plain, Rules with { DominancePercent = 100, Coalition = 5 }, values)));
    }

    [Fact]
    public void Two_units_may_have_nine_tenths()
    {
        Assert.True(Stands(Plain, 450, 450, 13, 13, 13, 13, 12, 12, 12, 12));
        Assert.False(Stands(Plain, 451, 450, 13, 13, 13, 13, 12, 12, 12, 12));
    }

    [Fact]
    public void What_everybody_knows_of_every_row_hides_nobody()
    {
        // Within 1000 and 2000 the others are uncertain by what they have above 1000 alone.
        long?[] values = [1_900, 1_500, .. Enumerable.Range(0, 9).Select(i => (long?)(1_021 + i % 2)), 1_001];
        Assert.True(Stands(Plain, values));
        Assert.False(Stands(Plain with { Low = 1_000, High = 2_000 }, values[..^2]));
        Assert.True(Stands(Plain with { Low = 1_000, High = 2_000 }, values));
        Assert.False(Stands(Plain with { Low = -2_000, High = -1_000 }, [.. values[..^2].Select(value => -value)]));
    }

    [Fact]
    public void Three_units_differ_from_every_value()
    {
        Assert.True(Stands(Plain, [.. Enumerable.Repeat((long?)30, 20), 31, 32, 33]));
        Assert.False(Stands(Plain, [.. Enumerable.Repeat((long?)30, 20), 31, 32]));
        Assert.True(Stands(Plain, [.. Enumerable.Repeat((long?)30, 3), .. Enumerable.Repeat((long?)31, 7)]));
        Assert.False(Stands(Plain, [.. Enumerable.Repeat((long?)30, 2), .. Enumerable.Repeat((long?)31, 8)]));
    }

    [Fact]
    public void All_zero_tells_everybodys_value_unless_it_is_harmless()
    {
        var zeros = Enumerable.Repeat((long?)0, 20).ToArray();
        Assert.False(Stands(Plain, zeros));
        Assert.True(Stands(Plain with { ZeroHarmless = true }, zeros));
        Assert.False(Stands(Plain with { ZeroHarmless = true }, [.. zeros, 5]));
    }

    [Fact]
    public void Nobody_lacks_a_value_or_three_units_do_where_rows_are_somebodys()
    {
        static long?[][] With(int lacking) => [.. Blocks.Spread(12).Concat(new long?[lacking]).Select(value => new[] { value })];
        Assert.True(Blocks.Stands(Blocks.OfPeople([Plain], Rules, With(0))));
        Assert.False(Blocks.Stands(Blocks.OfPeople([Plain], Rules, With(1))));
        Assert.False(Blocks.Stands(Blocks.OfPeople([Plain], Rules, With(2))));
        Assert.True(Blocks.Stands(Blocks.OfPeople([Plain], Rules, With(3))));
        Assert.True(Blocks.Stands(Blocks.Of(Plain, Rules, [.. With(1).Select(values => values[0])])));
    }

    [Fact]
    public void One_who_alone_lacks_a_value_costs_the_values_of_one_block_and_no_other()
    {
        long?[][] values = [.. Blocks.Spread(12).Append(null).Select(value => new[] { value })];
        var (table, block) = Blocks.OfPeople([Plain], Rules, values);
        Assert.True(block.Withheld);
        Assert.All(table.Layers[0].Blocks.Where(other => other != block), other => Assert.False(other.Withheld));
        Assert.Equal(table.CountBlocks.Count - 1, table.Layers[0].Blocks.Where(other => other != block).Sum(other => other.Members.Count));
    }

    [Fact]
    public void A_yes_no_measure_needs_min_units_of_either()
    {
        var yesNo = Plain with { YesNo = true, Low = 0, High = 1 };
        Assert.True(Stands(yesNo, [.. Enumerable.Repeat((long?)0, 10), .. Enumerable.Repeat((long?)1, 12)]));
        Assert.False(Stands(yesNo, [.. Enumerable.Repeat((long?)0, 9), .. Enumerable.Repeat((long?)1, 12)]));
        Assert.False(Stands(yesNo, [.. Enumerable.Repeat((long?)0, 12), .. Enumerable.Repeat((long?)1, 9)]));
    }

    [Fact]
    public void Squares_leave_only_where_no_row_is_most_of_the_deviations()
    {
        var squared = Plain with { Squares = true };
        var even = Blocks.Of(squared, Rules, Blocks.Spread(12));
        Assert.Equal(143.0, even.Block.Figures![0].SquaredDeviations!.Value, 1e-9);

        var outlier = Blocks.Of(squared, Rules, [.. Blocks.Spread(12), 60]);
        Assert.True(Blocks.Stands(outlier));
        Assert.Null(outlier.Block.Figures![0].SquaredDeviations);
    }

    [Fact]
    public void Squares_need_two_p_and_p_squared()
    {
        // 21% of 100² is 2100: remaining squares below it withhold the squares, while 10% of 100 remains for the sum.
        var squared = Plain with { Squares = true };
        var rules = Rules with { DominancePercent = 100 };
        Assert.NotNull(Blocks.Of(squared, rules, 100, 100, 21, 19, 19, 18, 16, 14, 9, 8, 4, 1).Block.Figures![0].SquaredDeviations);
        Assert.Null(Blocks.Of(squared, rules, 100, 100, 21, 19, 19, 18, 16, 14, 8, 8, 4, 1).Block.Figures![0].SquaredDeviations);
    }

    [Fact]
    public void Bins_of_a_histogram_have_min_units_each()
    {
        var measure = Plain with { Low = 0, High = 100, Step = 10 };
        long?[] values = [.. Enumerable.Repeat(0, 10).Select((_, i) => (long?)i), .. Enumerable.Range(0, 9).Select(i => (long?)(10 + i)), .. Enumerable.Range(0, 10).Select(i => (long?)(30 + i))];
        var histogram = Blocks.Of(measure, Rules, values).Block.Figures![0].Histogram!;
        Assert.Equal([0, 10, 100], histogram.Edges);
        Assert.Equal([10, 19], histogram.Counts);

        histogram = Blocks.Of(measure, Rules, [.. values, 19]).Block.Figures![0].Histogram!;
        Assert.Equal([0, 10, 20, 100], histogram.Edges);
        Assert.Equal([10, 10, 10], histogram.Counts);
    }

    [Fact]
    public void Bins_are_joined_where_their_lower_edges_tell_too_much()
    {
        // Everybody sits on the lower edge of a bin: the histogram would give each value away.
        var measure = Plain with { Low = 0, High = 100, Step = 10 };
        var histogram = Blocks.Of(measure, Rules, [.. Enumerable.Range(0, 45).Select(i => (long?)(i % 3 * 10))]).Block.Figures![0].Histogram!;
        Assert.Equal([0, 20, 100], histogram.Edges);
        Assert.Equal([30, 15], histogram.Counts);
    }

    [Fact]
    public void A_measure_that_can_be_computed_is_tested_too()
    {
        // Gross and net differ for one unit alone: the difference of the sums is its.
        MeasureLayout[] measures = [new() { Name = "gross" }, new() { Name = "net" }, new() { Name = "gross - net", Use = MeasureUse.Checked }];
        long?[][] values = [.. Blocks.Spread(20).Select((value, i) => new[] { value, i == 0 ? 0 : value, i == 0 ? value : 0 })];
        Assert.False(Blocks.Stands(Blocks.Of(measures, Rules, values)));
        Assert.True(Blocks.Stands(Blocks.Of([.. measures[..2]], Rules, [.. values.Select(value => value[..2])])));
    }

    [Fact]
    public void A_sensitive_value_that_nearly_all_share_is_pooled()
    {
        static bool HasValue(int others)
        {
            List<RawRow> rows = [];
            for (var i = 0; i < 40 + others; i++)
            {
                rows.Add(new(["north", i < 40 ? "ill" : "well"], i, [20 + i]));
                rows.Add(new(["south", i % 2 == 0 ? "ill" : "well"], 1_000 + i, [20 + i]));
            }

            var layout = RawData.Layout(rows, [new() { Name = "x" }], 2, unitIsRow: true, sensitive: 1);
            var build = SafeTableBuilder.Build(RawData.Contributions(layout, rows), new TableRules { MinUnits = 10 });
            return build.Table.CountBlocks[build.Assignment.BlockOf(["north", "ill"])!.Value].Description[1] >= 0;
        }

        Assert.False(HasValue(0));
        Assert.False(HasValue(3));
        Assert.True(HasValue(4));
    }

    [Fact]
    public void A_table_below_the_least_thresholds_is_refused()
    {
        var layout = RawData.Layout([], [Plain], 1);
        SafeTableBuilder.Build(new(layout), new() { MinUnits = 5 });
        Assert.Throws<ArgumentException>(() => SafeTableBuilder.Build(new(layout), new() { MinUnits = 4 }));
        var squared = RawData.Layout([], [Plain with { Squares = true }], 1);
        Assert.Throws<ArgumentException>(() => SafeTableBuilder.Build(new(squared), new() { MinUnits = 9 }));
    }

    [Fact]
    public void Rows_of_one_unit_count_gross_and_rows_without_one_are_one_unit()
    {
        // One unit's rows cancel to a net of zero, though its gross is nearly everything.
        List<RawRow> rows = [.. Enumerable.Range(0, 20).Select(i => new RawRow(["a"], i, [i + 1])), new(["a"], 99, [10_000]), new(["a"], 99, [-10_000])];
        Assert.True(Built(rows).Layers[0].Blocks[0].Withheld);
        Assert.False(Built(rows[..20]).Layers[0].Blocks[0].Withheld);
        Assert.Empty(Built([.. Enumerable.Range(0, 50).Select(i => new RawRow(["a"], null, [i]))]).CountBlocks);

        static SafeTable Built(List<RawRow> rows) =>
            SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, [Plain], 1), rows), Rules).Table;
    }
}
