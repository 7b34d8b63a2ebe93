using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

public sealed class SafeTableBuilderTests
{
    private static TableBuild Build(List<RawRow> rows, TableRules rules, MeasureLayout[] measures, int dimensions, bool unitIsRow = false, int sensitive = 0) =>
        SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, measures, dimensions, unitIsRow, sensitive), rows), rules);

    private static string Printed(SafeTable table) => string.Join(' ', table.CountBlocks.Select(block =>
        string.Join('/', block.Description.Select((value, dimension) => value < 0 ? "*" : table.Dimensions[dimension].Labels[value] ?? "null")) + "=" + block.UnitsMost));

    private static List<RawRow> Counts(params (string Atom, int Count)[] atoms)
    {
        var rows = new List<RawRow>();
        foreach (var (atom, count) in atoms)
        {
            rows.AddRange(Enumerable.Range(0, count).Select(i => new RawRow([.. atom.Split('/').Select(label => label == "null" ? null : label)], rows.Count + i, [20 + i])));
        }

        return rows;
    }

    [Theory]
    [InlineData("a/x/1=12 a/x/2=4 a/x/3=7 a/y/1=10", "a/x/*=11 a/x/1=12 a/y/1=10")]
    [InlineData("a/x/1=12 a/x/2=4 a/y/3=7 a/y/1=10", "a/*/*=11 a/x/1=12 a/y/1=10")]
    [InlineData("a/x/1=12 a/x/2=4 b/y/3=7 b/y/1=10", "*/*/*=11 a/x/1=12 b/y/1=10")]
    [InlineData("a/x/1=12 a/x/2=4 b/y/1=11", "*/*/*=15 a/x/1=12")]
    [InlineData("a/x/1=11 a/x/2=4 b/y/1=11", "a/x/*=15 b/y/1=11")]
    [InlineData("a/x/1=11 a/x/null=10 b/y/1=11", "a/x/null=10 a/x/1=11 b/y/1=11")]
    [InlineData("a/x/1=4 a/x/2=5", "")]
    public void Small_atoms_are_pooled_over_the_last_dimension_first(string atoms, string blocks)
    {
        var rows = Counts([.. atoms.Split(' ').Select(atom => (atom.Split('=')[0], int.Parse(atom.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture)))]);
        Assert.Equal(blocks, Printed(Build(rows, new(), [new() { Name = "x" }], 3, unitIsRow: true).Table));
    }

    [Fact]
    public void A_failing_block_takes_in_the_smallest_that_make_it_pass_and_gives_back_what_it_can_spare()
    {
        // Of the many small cities, those that are taken in stand with the dominated one; the others keep their own values.
        var rows = Counts([.. Enumerable.Range(10, 80).Select(city => ($"c{city}", 10 + city % 5))]);
        rows.AddRange(Enumerable.Range(0, 12).Select(i => new RawRow(["big"], 5_000 + i, [i == 0 ? 9_000 : 20 + i])));
        var build = Build(rows, new(), [new() { Name = "x" }], 1, unitIsRow: true);
        var union = build.Table.Layers[0].Blocks.Single(block => block.Members.Contains(build.Assignment.BlockOf(["big"])!.Value));
        Assert.False(union.Withheld);
        Assert.InRange(union.Members.Count, 2, 6);
        Assert.Equal(81 - union.Members.Count, build.Table.Layers[0].Blocks.Count(block => block.Members.Count == 1));

        var raw = RawChecker.RowsOf(build, rows);
        foreach (var member in union.Members.Where(member => member != build.Assignment.BlockOf(["big"])))
        {
            List<RawRow> without = [.. union.Members.Where(other => other != member).SelectMany(other => raw[other])];
            Assert.NotNull(RawChecker.Failure(without, 0, new() { Name = "x" }, new(), unitIsRow: true));
        }
    }

    [Fact]
    public void Measures_of_several_layers_leave_the_row_count_in_one_partition() =>
        Samples.Rows.Sample(rows =>
        {
            MeasureLayout[] measures = [Samples.Measures[0], Samples.Measures[1] with { Layer = 1 }];
            var layout = RawData.Layout(rows, measures, 3);
            var build = SafeTableBuilder.Build(RawData.Contributions(layout, rows), Samples.Rules);
            if (build.Table.RowsAreUnits)
            {
                return;
            }

            Assert.Equal([true, false, false], build.Table.Layers.Select(layer => layer.HasRows));
            foreach (var block in build.Table.Layers.Skip(1).SelectMany(layer => layer.Blocks).Where(block => !block.Withheld))
            {
                Assert.All(
                    build.Table.Layers[0].Blocks.Where(rowBlock => rowBlock.Members.Any(block.Members.Contains)),
                    rowBlock => Assert.True(!rowBlock.Withheld && rowBlock.Members.All(block.Members.Contains)));
            }

            var coarser = SafeTableBuilder.Coarsen(build, RawData.Contributions(layout, rows), Samples.Rules with { MinUnits = 25 });
            SafeTableCodec.Decode(SafeTableCodec.Encode(coarser.Table));
        }, iter: 60);

    [Fact]
    public void A_sensitive_value_is_nowhere_shared_by_nearly_all_of_a_combination() =>
        Samples.Rows.Sample(rows =>
        {
            var build = Build(rows, Samples.Rules, Samples.Measures, 3, sensitive: 1);
            foreach (var combination in rows.GroupBy(row => (row.Dimensions[0], row.Dimensions[1])))
            {
                var units = combination.GroupBy(row => row.Unit ?? -1).Select(unit => unit.Select(row => row.Dimensions[2] ?? "").Distinct().ToArray()).ToArray();
                var most = units.Where(values => values.Length == 1).GroupBy(values => values[0]).Select(group => group.Count()).DefaultIfEmpty().Max();
                if (units.Length - most <= 3 && build.Table.CountBlocks.Count > 0)
                {
                    Assert.All(combination, row => Assert.Equal(-1, build.Table.CountBlocks[build.Assignment.BlockOf(row.Dimensions)!.Value].Description[2]));
                }
            }
        }, iter: 80);

    [Fact]
    public void Counts_are_rounded_once_and_sums_are_not()
    {
        var table = Build(Counts(("a", 12), ("b", 13)), new() { RoundTo = 5 }, [new() { Name = "x" }], 1, unitIsRow: true).Table;
        Assert.Equal([10L, 15], table.CountBlocks.Select(block => block.UnitsMost));
        Assert.Equal([10L, 15], table.Layers[0].Blocks.Select(block => block.Figures![0].Values));
        Assert.Equal((Int128)Enumerable.Range(20, 12).Sum(), table.Layers[0].Blocks[0].Figures![0].Sum.Exact);
    }

    [Fact]
    public void The_row_count_is_a_measure_where_units_have_several_rows()
    {
        // One unit has nearly all rows of a: its number of rows would be the row count less a few.
        List<RawRow> rows = [.. Counts(("a", 20), ("b", 20)), .. Enumerable.Range(0, 500).Select(i => new RawRow(["a"], 0, [i % 7]))];
        var build = Build(rows, new(), [new() { Name = "x" }], 1);
        Assert.False(build.Table.RowsAreUnits);
        var cells = new SafeTableQuery(build.Table).Group(CellFilter.Everything, [GroupKey.ByValue(build.Table, 0)]);
        Assert.Equal([20L, 20], cells.Select(cell => cell.UnitsMost));
        Assert.Equal([null, 20], cells.Select(cell => cell.Rows));
        Assert.Equal(20, cells[0].RowsTouchingUnits);
    }

    [Fact]
    public void The_number_of_values_is_a_row_count_too()
    {
        // Everybody has many rows, but one unit alone has a value in more than one of them.
        List<RawRow> Rows(int values) =>
            [.. Enumerable.Range(0, 20).SelectMany(unit => Enumerable.Range(0, 400).Select(i => new RawRow(["a"], unit, [i == 0 || (unit == 0 && i < values) ? i % 5 : null])))];
        MeasureLayout[] measures = [new() { Name = "x" }];
        bool Withheld(int values) => Build(Rows(values), new(), measures, 1).Table.Layers[0].Blocks[0].Withheld;
        Assert.True(Withheld(400));
        Assert.True(Build([.. Rows(1).Select(row => row with { Measures = [row.Measures[0] is null ? null : row.Unit] })], new(), measures, 1) is { Table.Layers: [{ Blocks: [{ Withheld: false }] }] });
    }

    [Fact]
    public void Products_leave_where_both_measures_have_every_row()
    {
        MeasureLayout[] measures = [new() { Name = "x", Squares = true }, new() { Name = "y", Squares = true }, new() { Name = "xy", Use = MeasureUse.Product }];
        SafeTable Of(long? last)
        {
            List<RawRow> rows = [.. Enumerable.Range(0, 30).Select(i => new RawRow(["a"], i, i == 29 ? [30, last, last * 30] : [i + 1, (i * 7 % 30) + 1, (i + 1) * ((i * 7 % 30) + 1)]))];
            var one = RawData.Layout(rows, measures, 1, unitIsRow: true);
            return SafeTableBuilder.Build(RawData.Contributions(new TableLayout(one.Dimensions, measures, [new(0, 1, 2)]) { UnitIsRow = true }, rows), new()).Table;
        }

        var pair = new SafeTableQuery(Of(24)).Answer(CellFilter.Everything).Pairs[0]!.Value;
        double[] x = [.. Enumerable.Range(0, 30).Select(i => i + 1.0)];
        double[] y = [.. Enumerable.Range(0, 30).Select(i => i == 29 ? 24 : (i * 7 % 30) + 1.0)];
        Assert.Equal(x.Zip(y, (one, other) => (one - x.Average()) * (other - y.Average())).Sum(), pair.CrossDeviations, 1e-9);
        Assert.InRange(pair.Correlation!.Value, -1, 1);
        Assert.Null(new SafeTableQuery(Of(null)).Answer(CellFilter.Everything).Pairs[0]);
    }

    [Fact]
    public void One_table_is_as_strict_as_every_offer_that_uses_it()
    {
        var rules = TableRules.StrictestOf([new() { MinUnits = 5, PPercent = 15, DominancePercent = 80 }, new() { MinUnits = 12, Coalition = 3, MinSpread = 2 }]);
        Assert.Equal(new() { MinUnits = 12, PPercent = 15, DominancePercent = 80, Coalition = 3, MinSpread = 3 }, rules);
    }
}
