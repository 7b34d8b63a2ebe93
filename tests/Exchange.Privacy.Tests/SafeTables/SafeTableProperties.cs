using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

public sealed class SafeTableProperties
{
    private static TableBuild Build(IReadOnlyList<RawRow> rows, out TableLayout layout, bool unitIsRow = false)
    {
        layout = RawData.Layout(rows, Samples.Measures, 3, unitIsRow);
        return SafeTableBuilder.Build(RawData.Contributions(layout, rows), Samples.Rules);
    }

    [Fact]
    public void Count_blocks_are_a_partition_of_the_rows_and_say_their_units() =>
        Gen.Select(Samples.Rows, Gen.Bool).Sample((rows, unitIsRow) =>
        {
            var build = Build(rows, out _, unitIsRow);
            if (build.Table.CountBlocks.Count == 0)
            {
                Assert.True(RawChecker.Units(rows, unitIsRow) < 10);
                return;
            }

            var blocks = RawChecker.RowsOf(build, rows);
            Assert.Equal(rows.Count, blocks.Sum(block => block.Count));
            for (var i = 0; i < blocks.Length; i++)
            {
                var units = RawChecker.Units(blocks[i], unitIsRow);
                Assert.True(units >= 10);
                Assert.Equal((units, units), (build.Table.CountBlocks[i].UnitsLeast, build.Table.CountBlocks[i].UnitsMost));
            }
        }, iter: 150);

    [Fact]
    public void A_record_for_each_row_makes_the_table_that_a_record_for_each_unit_and_atom_makes() =>
        Samples.Rows.Sample(rows =>
        {
            var build = Build(rows, out var layout);
            var rowByRow = SafeTableBuilder.Build(RawData.RowByRow(layout, rows), Samples.Rules);
            Assert.Equal(SafeTableCodec.Encode(build.Table), SafeTableCodec.Encode(rowByRow.Table));
            Assert.Equal(build.Assignment.ToBytes(), rowByRow.Assignment.ToBytes());
        }, iter: 150);

    [Fact]
    public void A_row_s_value_outside_the_declared_bounds_or_of_another_kind_is_refused()
    {
        MeasureLayout[] measures = [new() { Name = "whole", Low = 0, High = 10 }, new() { Name = "double", Scale = null, Low = 0, High = 10 }];
        var data = new UnitContributions(new TableLayout([new DimensionLayout("d", ["a"], Closed: true, Sensitive: false)], measures));
        data.Add([0], 0);
        data.SetRow(0, 10L);
        data.SetRow(1, 10.0);

        Assert.Throws<ArgumentException>(() => data.SetRow(0, 11L));
        Assert.Throws<ArgumentException>(() => data.SetRow(1, 10.5));
        Assert.Throws<ArgumentException>(() => data.SetRow(1, double.NaN));
        Assert.Throws<ArgumentException>(() => data.SetRow(0, 1.0));
        data.Add([0], 1, rows: 2);
        Assert.Throws<ArgumentException>(() => data.SetRow(0, 1L));
    }

    [Fact]
    public void Value_blocks_are_unions_of_count_blocks_and_sum_their_rows() =>
        Samples.Rows.Sample(rows =>
        {
            var build = Build(rows, out _);
            if (build.Table.CountBlocks.Count == 0)
            {
                return;
            }

            var blocks = RawChecker.RowsOf(build, rows);
            var layer = Assert.Single(build.Table.Layers);
            Assert.Equal(Enumerable.Range(0, blocks.Length), layer.Blocks.SelectMany(block => block.Members).Order());
            foreach (var block in layer.Blocks.Where(block => !block.Withheld))
            {
                var own = block.Members.SelectMany(member => blocks[member]).ToList();
                RawChecker.CheckFigures(build.Table, block, own, unitIsRow: false);
            }
        }, iter: 150);

    [Fact]
    public void Every_union_of_value_blocks_passes_rules_1_to_4() =>
        Gen.Select(Samples.Rows, Gen.Int[0, 1_000_000], Gen.Bool).Sample((rows, seed, unitIsRow) =>
        {
            var build = Build(rows, out var layout, unitIsRow);
            if (build.Table.CountBlocks.Count == 0)
            {
                return;
            }

            var (blocks, random) = (RawChecker.RowsOf(build, rows), new Random(seed));
            var withValues = build.Table.Layers.SelectMany(layer => layer.Blocks).Where(block => !block.Withheld).ToArray();
            for (var trial = 0; trial < 12 && withValues.Length > 0; trial++)
            {
                var union = trial < withValues.Length ? [withValues[trial]] : withValues.Where(_ => random.Next(2) == 0).ToArray();
                var own = union.SelectMany(block => block.Members).SelectMany(member => blocks[member]).ToList();
                for (var measure = 0; measure < 3 && own.Count > 0; measure++)
                {
                    Assert.Null(RawChecker.Failure(own, measure, layout.Measures[measure], Samples.Rules, unitIsRow));
                }
            }
        }, iter: 150);

    [Fact]
    public void The_order_of_rows_and_the_numbers_of_units_and_codes_change_no_byte() =>
        Gen.Select(Samples.Rows, Gen.Int[0, 1_000_000]).Sample((rows, seed) =>
        {
            var random = new Random(seed);
            var shift = random.Next(1, 1_000_000);
            var renumbered = rows.Select(row => row with { Unit = row.Unit is { } unit ? unit ^ shift : null }).OrderBy(_ => random.Next()).ToList();
            Assert.Equal(SafeTableCodec.Encode(Build(rows, out _).Table), SafeTableCodec.Encode(Build(renumbered, out _).Table));
        }, iter: 100);

    [Fact]
    public void Bytes_read_back_as_the_same_table() =>
        Samples.Rows.Sample(rows =>
        {
            var build = Build(rows, out _);
            var bytes = SafeTableCodec.Encode(build.Table);
            Assert.Equal(bytes, SafeTableCodec.Encode(SafeTableCodec.Decode(bytes)));
            Assert.Equal(build.Assignment.ToBytes(), BlockAssignment.FromBytes(build.Table, build.Assignment.ToBytes()).ToBytes());
        }, iter: 60);

    [Fact]
    public void A_table_pooled_from_another_refines_to_it() =>
        Gen.Select(Samples.Rows, Gen.Int[10, 40], Gen.Bool).Sample((rows, minUnits, unitIsRow) =>
        {
            var finer = Build(rows, out var layout, unitIsRow);
            var rules = Samples.Rules with { MinUnits = minUnits, PPercent = 15 };
            var coarser = SafeTableBuilder.Coarsen(finer, RawData.Contributions(layout, rows), rules);
            if (coarser.Table.CountBlocks.Count == 0)
            {
                return;
            }

            var (fine, coarse) = (RawChecker.RowsOf(finer, rows), RawChecker.RowsOf(coarser, rows));
            Assert.All(fine, block => Assert.Single(block.Select(row => coarser.Assignment.BlockOf(row.Dimensions)).Distinct()));
            Assert.All(coarse, block => Assert.True(RawChecker.Units(block, unitIsRow) >= minUnits));
            foreach (var block in coarser.Table.Layers[0].Blocks.Where(block => !block.Withheld))
            {
                var own = block.Members.SelectMany(member => coarse[member]).ToHashSet();
                var parts = finer.Table.Layers[0].Blocks.Where(part => part.Members.Any(member => fine[member].Exists(own.Contains))).ToArray();
                Assert.All(parts, part => Assert.All(part.Members, member => Assert.All(fine[member], row => Assert.Contains(row, own))));
                Assert.DoesNotContain(parts, part => part.Withheld);
                Assert.Equal(parts.Aggregate((Int128)0, (sum, part) => sum + part.Figures![0].Sum.Exact), block.Figures![0].Sum.Exact);
                Assert.Null(RawChecker.Failure([.. own], 0, layout.Measures[0], rules, unitIsRow));
            }
        }, iter: 150);

    [Fact]
    public void Doubles_give_the_same_blocks_as_whole_numbers() =>
        Samples.Rows.Sample(rows =>
        {
            var exact = Build(rows, out _, unitIsRow: true).Table;
            var layout = RawData.Layout(rows, [.. Samples.Measures.Select(measure => measure with { Scale = null })], 3, unitIsRow: true);
            var doubles = SafeTableBuilder.Build(RawData.Contributions(layout, rows), Samples.Rules).Table;
            Assert.Equal(exact.CountBlocks.Select(block => block.UnitsMost), doubles.CountBlocks.Select(block => block.UnitsMost));
        }, iter: 60);
}
