using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>What subtracts to a person elsewhere, and what is left of it here. Controls show that the attack works where nothing stands against it.</summary>
public sealed class AttackTests
{
    private static readonly MeasureLayout[] Pay = [new() { Name = "pay" }];

    private static List<RawRow> Firms()
    {
        var (rows, number) = (new List<RawRow>(), 0);
        foreach (var (city, count) in new[] { ("a", 12), ("b", 9), ("c", 14), ("d", 30), ("e", 13), ("f", 8), ("g", 50) })
        {
            for (var i = 0; i < count; i++)
            {
                rows.Add(new([city], number++, [100 + 7 * number % 50]));
            }
        }

        return rows;
    }

    private static TableBuild Build(List<RawRow> rows, int minUnits) =>
        SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, Pay, 1, unitIsRow: true), rows), new() { MinUnits = minUnits });

    /// <summary>The smallest group of rows that differences of unions of both partitions single out: a part of their common refinement.</summary>
    private static int SmallestDifference(TableBuild one, TableBuild other, List<RawRow> rows) =>
        rows.GroupBy(row => (one.Assignment.BlockOf(row.Dimensions), other.Assignment.BlockOf(row.Dimensions))).Min(group => group.Count());

    [Fact]
    public void Two_tables_built_apart_are_subtracted_and_one_pooled_from_the_other_is_not()
    {
        // The three of c join a at threshold 10, and e at 20: a with c, and b, less the union of a and b, are the three.
        List<RawRow> rows = [];
        foreach (var (region, city, count) in new[] { ("n", "a", 12), ("n", "b", 12), ("s", "c", 3), ("w", "e", 21) })
        {
            rows.AddRange(Enumerable.Range(0, count).Select(i => new RawRow([region, city], rows.Count + i, [100 + i])));
        }

        TableBuild Of(int minUnits) => SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, Pay, 2, unitIsRow: true), rows), new() { MinUnits = minUnits });
        var (ten, apart) = (Of(10), Of(20));
        Assert.Equal(3, SmallestDifference(ten, apart, rows));

        var coarsened = SafeTableBuilder.Coarsen(ten, RawData.Contributions(RawData.Layout(rows, Pay, 2, unitIsRow: true), rows), new() { MinUnits = 20 });
        Assert.True(SmallestDifference(ten, coarsened, rows) >= 10);
        Assert.All(coarsened.Table.CountBlocks, block => Assert.True(block.UnitsMost >= 20));
    }

    [Fact]
    public void The_overlap_of_two_blocks_cannot_be_computed_from_a_table_pooled_over_them()
    {
        // Units 0 to 14 in January, 12 to 26 in February: with the exact units of the union the three in both would be the difference.
        List<RawRow> rows = [.. Enumerable.Range(0, 15).Select(i => new RawRow(["jan"], i, [i + 1])), .. Enumerable.Range(12, 15).Select(i => new RawRow(["feb"], i, [i + 1]))];
        var layout = RawData.Layout(rows, Pay, 1);
        var finer = SafeTableBuilder.Build(RawData.Contributions(layout, rows), new());
        var coarser = SafeTableBuilder.Coarsen(finer, RawData.Contributions(layout, rows), new() { MinUnits = 20 });
        var block = Assert.Single(coarser.Table.CountBlocks);
        Assert.Equal((15L, 30L), (block.UnitsLeast, block.UnitsMost));
        Assert.Equal(27, RawChecker.Units(rows, unitIsRow: false));
    }

    [Fact]
    public void Whoever_knows_all_but_two_solves_a_sum_and_a_sum_of_squares_only_below_ten_units()
    {
        // The control: eight known values, and two unknown from Σx and Σx².
        long[] values = [3, 14, 15, 92, 65, 35, 89, 79, 32, 38];
        var (sum, squares) = (values.Sum() - values[2..].Sum(), values.Sum(value => value * value) - values[2..].Sum(value => value * value));
        var root = Math.Sqrt(2 * squares - sum * sum);
        Assert.Equal([3.0, 14], [(sum - root) / 2, (sum + root) / 2]);

        Assert.Throws<ArgumentException>(() => Blocks.Of(new MeasureLayout { Name = "x", Squares = true }, new() { MinUnits = 8 }, Blocks.Spread(8)));
    }

    [Fact]
    public void A_dominant_firm_costs_sums_and_not_counts()
    {
        List<RawRow> rows = [.. Firms(), .. Firms().GroupBy(row => row.Dimensions[0]).Select((city, i) => new RawRow([city.Key], 10_000, [20 * city.Sum(row => row.Measures[0]!.Value)]))];
        var table = SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, Pay, 1), rows), new()).Table;
        Assert.All(table.Layers[0].Blocks, block => Assert.True(block.Withheld));
        Assert.True(table.CountBlocks.Count >= 5);
        Assert.NotEmpty(new SafeTableQuery(table).Group(CellFilter.Everything, [GroupKey.ByValue(table, 0)]));
    }

    [Fact]
    public void A_firm_that_dominates_one_block_costs_that_block_and_not_the_others()
    {
        List<RawRow> rows = [.. Firms(), new(["d"], 10_000, [50_000])];
        var build = Build(rows, 10);
        var withheld = Assert.Single(build.Table.Layers[0].Blocks, block => block.Withheld);
        Assert.Equal([build.Assignment.BlockOf(["d"])!.Value], withheld.Members);
    }

    [Fact]
    public void Withheld_values_are_not_the_difference_of_a_pooled_table()
    {
        List<RawRow> rows = [.. Firms(), new(["d"], 10_000, [50_000])];
        var data = RawData.Contributions(RawData.Layout(rows, Pay, 1, unitIsRow: true), rows);
        var finer = Build(rows, 10);
        var coarser = SafeTableBuilder.Coarsen(finer, data, new() { MinUnits = 30, PPercent = 10 });
        var d = finer.Assignment.BlockOf(["d"])!.Value;
        Assert.True(finer.Table.Layers[0].Blocks.Single(block => block.Members.Contains(d)).Withheld);
        var pooled = coarser.Assignment.BlockOf(["d"])!.Value;
        Assert.True(coarser.Table.Layers[0].Blocks.Single(block => block.Members.Contains(pooled)).Withheld);
    }

    [Fact]
    public void A_joiner_waits_until_enough_join()
    {
        var rows = Firms();
        var build = Build(rows, 10);
        SegmentDecision Join(int count, long value = 120)
        {
            var joiners = Enumerable.Range(0, count).Select(i => new RawRow(["g"], 5_000 + i, [value + i])).Append(new RawRow(["d"], 9_999, [1])).ToList();
            return SegmentAdmission.Decide(build, RawData.Contributions(RawData.Layout(joiners, Pay, 1, unitIsRow: true) is var own ? WithLabels(own, rows) : own, joiners));
        }

        Assert.Null(Join(9).Segment);
        var decision = Join(10);
        Assert.Equal([build.Assignment.BlockOf(["g"])!.Value], decision.Admitted);
        var answer = new SafeTableQuery(build.Table, decision.Segment!.Table).Answer(CellFilter.Everything);
        Assert.Equal(rows.Count + 10, answer.Rows);
        Assert.Equal(10, Assert.Single(decision.Segment!.Table.CountBlocks).UnitsMost);
        SafeTableCodec.Decode(SafeTableCodec.Encode(decision.Segment.Table));
    }

    [Fact]
    public void Figures_stay_until_enough_is_deleted_and_enough_remains()
    {
        var rows = Firms();
        var build = Build(rows, 10);
        var layout = RawData.Layout(rows, Pay, 1, unitIsRow: true);
        DeletionDecision Delete(string city, int count)
        {
            RawRow[] gone = [.. rows.Where(row => row.Dimensions[0] == city).Take(count)];
            return DeletionAdmission.Decide(build, RawData.Difference(layout, rows, [.. rows.Except(gone)]));
        }

        foreach (var (city, count, why) in new[] { ("g", 9, FiguresKept.FewRemoved), ("g", 41, FiguresKept.FewRemain), ("a", 12, FiguresKept.FewRemain) })
        {
            var kept = Delete(city, count);
            Assert.Same(build, kept.Build);
            Assert.Equal([(why, 1)], kept.Kept.Select(pair => (pair.Key, pair.Value)));
            Assert.DoesNotContain(build.Assignment.BlockOf([city])!.Value, kept.Settled);
        }

        var decision = Delete("g", 40);
        Assert.Equal(Enumerable.Range(0, build.Table.CountBlocks.Count), decision.Settled);
        Assert.Equal(build.Table.CountBlocks.Sum(block => block.UnitsMost) - 40, decision.Build.Table.CountBlocks.Sum(block => block.UnitsMost));
    }

    [Fact]
    public void A_commitment_confirms_no_guess_without_its_salt()
    {
        var table = Build(Firms(), 10).Table;
        var (salt, other) = (new byte[32], new byte[32]);
        other[0] = 1;
        Assert.True(TableCommitment.Verify(table, salt, TableCommitment.Of(table, salt)));
        Assert.False(TableCommitment.Verify(table, other, TableCommitment.Of(table, salt)));
        Assert.Throws<ArgumentException>(() => TableCommitment.Of(table, []));
    }

    [Fact]
    public void No_byte_of_a_table_can_be_changed_into_another_way_to_write_it()
    {
        var table = Build(Firms(), 10).Table;
        var bytes = SafeTableCodec.Encode(table);
        for (var length = 0; length < bytes.Length; length += 7)
        {
            Assert.Throws<InvalidDataException>(() => SafeTableCodec.Decode(bytes.AsSpan(0, length)));
        }

        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 0x41;
            try
            {
                Assert.Equal(changed, SafeTableCodec.Encode(SafeTableCodec.Decode(changed)));
            }
            catch (InvalidDataException)
            {
                // Refused, which is the other thing that may happen.
            }
        }
    }

    private static TableLayout WithLabels(TableLayout layout, List<RawRow> rows) =>
        RawData.Layout([.. rows, .. layout.Dimensions[0].Labels.Select(label => new RawRow([label], 0, [0]))], Pay, 1, unitIsRow: true);

    /// <summary>Twelve change their trade, within a block and into another; the pay of one of them changes too. Each set of rows passes by itself.</summary>
    [Theory]
    [InlineData("rare1")]
    [InlineData("smith")]
    public void A_raise_is_not_told_by_figures_that_change_with_ten_who_only_move(string to)
    {
        const int raise = 3_333;
        List<RawRow> rows = [.. Enumerable.Range(0, 120).Select(i => new RawRow([i < 60 ? "cook" : "smith", i < 12 ? "x" : "y"], i, [1_000 + 13 * i % 700]))];
        List<RawRow> after = [.. rows.Select(row => row.Unit < 12 ? row with { Dimensions = [to == "smith" ? to : "cook", to], Measures = [row.Measures[0] + (row.Unit == 7 ? raise : 0)] } : row)];
        var layout = RawData.Layout([.. rows, .. after], Pay, 2);
        var build = SafeTableBuilder.Build(RawData.Contributions(layout, rows), new());
        Int128 SumOf(TableBuild table) => table.Table.Layers[0].Blocks.Aggregate((Int128)0, (sum, block) => sum + block.Figures![0].Sum.Exact);
        var anew = SafeTableBuilder.Build(RawData.Contributions(layout, after), new());
        Assert.Equal(raise, SumOf(anew) - SumOf(build));

        foreach (var byRow in new[] { true, false })
        {
            var decision = DeletionAdmission.Decide(build, RawData.Difference(layout, rows, after, byRow));
            Assert.Equal(SumOf(build), SumOf(decision.Build));
            Assert.Equal([FiguresKept.Mended], decision.Kept.Keys);
        }
    }

    [Fact]
    public void A_block_pooled_from_overlapping_ones_changes_without_telling_how_many_they_share()
    {
        // Fifteen in each month, three of whom were there the month before. Every second one is removed.
        List<RawRow> rows = [.. Enumerable.Range(0, 60).Select(i => new RawRow([$"month{i / 15}"], (12 * (i / 15)) + (i % 15), [100 + i]))];
        List<RawRow> after = [.. rows.Where(row => row.Unit % 2 == 0)];
        var layout = RawData.Layout(rows, Pay, 1);
        var finer = SafeTableBuilder.Build(RawData.Contributions(layout, rows), new());
        var build = SafeTableBuilder.Coarsen(finer, RawData.Contributions(layout, rows), new() { MinUnits = 20 });
        Assert.Equal((15L, 60L), (Assert.Single(build.Table.CountBlocks).UnitsLeast, build.Table.CountBlocks[0].UnitsMost));

        var decision = DeletionAdmission.Decide(build, RawData.Difference(layout, rows, after, byRow: true));
        var block = Assert.Single(decision.Build.Table.CountBlocks);
        Assert.Equal((Int128)after.Sum(row => row.Measures[0]!.Value), decision.Build.Table.Layers[0].Blocks[0].Figures![0].Sum.Exact);
        Assert.InRange(RawChecker.Units(after, unitIsRow: false), block.UnitsLeast, block.UnitsMost);
        // Told is how many rows there are, and not how many of the rest are in two months.
        Assert.Equal((1L, after.Count), (block.UnitsLeast, block.UnitsMost));
        Assert.Equal([0], decision.Settled);
    }

    [Fact]
    public void Rows_that_are_removed_of_units_with_others_change_figures_where_they_pass_by_themselves_and_those_of_one_unit_do_not()
    {
        // Everybody has three shifts; the last is a mistake, of all but ten or of one.
        List<RawRow> rows = [.. Enumerable.Range(0, 120).Select(i => new RawRow(["hall"], i / 3, [100 + i]))];
        var layout = RawData.Layout(rows, Pay, 1);
        var build = SafeTableBuilder.Build(RawData.Contributions(layout, rows), new());
        foreach (var (mistaken, changes) in new (Func<int?, bool>, bool)[] { (unit => unit >= 10, true), (unit => unit == 17, false) })
        {
            List<RawRow> after = [.. rows.Where((row, i) => i % 3 != 2 || !mistaken(row.Unit))];
            var decision = DeletionAdmission.Decide(build, RawData.Difference(layout, rows, after, byRow: true));
            var expected = changes ? after : rows;
            Assert.Equal((Int128)expected.Sum(row => row.Measures[0]!.Value), decision.Build.Table.Layers[0].Blocks[0].Figures![0].Sum.Exact);
            Assert.Equal(changes ? [] : [FiguresKept.FewRemoved], decision.Kept.Keys);
            Assert.Equal(40, decision.Build.Table.CountBlocks[0].UnitsMost);
        }
    }
}
