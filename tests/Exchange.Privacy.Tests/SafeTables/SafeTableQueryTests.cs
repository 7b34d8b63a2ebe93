using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

public sealed class SafeTableQueryTests
{
    private static readonly MeasureLayout[] Measures = [new() { Name = "x", Low = 0, High = 1_000, Step = 10, Squares = true }];

    /// <summary>Twenty rows in a and b each; a third city's three rows are pooled with two of a fourth into the smallest block.</summary>
    private static List<RawRow> Rows(bool rare = true)
    {
        var rows = new List<RawRow>();
        for (var i = 0; i < 40; i++)
        {
            rows.Add(new(["north", i % 2 == 0 ? "a" : "b"], i, [100 + i]));
            rows.Add(new(["south", "c"], 100 + i, [200 + i]));
        }

        for (var i = 0; rare && i < 12; i++)
        {
            rows.Add(new(["north", $"rare{i}"], 200 + i, [300 + i]));
        }

        return rows;
    }

    private static TableBuild Build(List<RawRow> rows, bool closed = false, bool unitIsRow = true)
    {
        var layout = RawData.Layout(rows, Measures, 2, unitIsRow, closed: closed);
        return SafeTableBuilder.Build(RawData.Contributions(layout, rows), new());
    }

    [Fact]
    public void A_block_counts_where_it_lies_and_is_withheld_where_it_may_cross()
    {
        var table = Build(Rows()).Table;
        var query = new SafeTableQuery(table);

        var all = query.Answer(CellFilter.Everything);
        Assert.Equal((92, 0L), (all.Rows, all.TouchingUnits));
        Assert.Null(all.CoarserGrouping);

        var city = query.Answer(CellFilter.In(table, 1, ["a"]));
        Assert.Equal((20, 12L), (city.Rows, city.TouchingUnits));
        Assert.Equal((Int128)Enumerable.Range(0, 20).Sum(i => 100 + 2 * i), city.Measures[0].Sum!.Value.Exact);
        Assert.Equal(12, city.Measures[0].TouchingUnits);
        Assert.Empty(city.CoarserGrouping!);

        var cityInNorth = query.Answer(CellFilter.And(CellFilter.In(table, 0, ["north"]), CellFilter.In(table, 1, ["a"])));
        Assert.Equal([0], cityInNorth.CoarserGrouping!);
        Assert.Equal(52, query.Answer(CellFilter.In(table, 0, ["north"])).Rows);
    }

    [Fact]
    public void Groups_are_the_cells_that_hold_a_block()
    {
        var table = Build(Rows()).Table;
        var cells = new SafeTableQuery(table).Group(CellFilter.Everything, [GroupKey.ByValue(table, 1)]);
        Assert.Equal(["a", "b", "c"], cells.Select(cell => table.Dimensions[1].Labels[cell.Key[0]]));
        Assert.Equal([20, 20, 40], cells.Select(cell => cell.Rows!.Value));
        Assert.All(cells, cell => Assert.Equal(12, cell.TouchingUnits));

        var byRegion = new SafeTableQuery(table).Group(CellFilter.Everything, [GroupKey.ByValue(table, 0), GroupKey.ByValue(table, 1)]);
        Assert.Equal([12L, 12, 0], byRegion.Select(cell => cell.TouchingUnits));
    }

    [Fact]
    public void Whether_a_value_occurs_in_a_pooled_block_is_not_told()
    {
        // The list of all cities that occur takes in every row, and still the pooled block may hold another.
        var rows = Rows();
        var table = Build(rows).Table;
        var query = new SafeTableQuery(table);
        string?[] cities = [.. rows.Select(row => row.Dimensions[1]).Distinct()];
        Assert.Equal((80, 12L), (query.Answer(CellFilter.In(table, 1, cities)).Rows, query.Answer(CellFilter.In(table, 1, cities)).TouchingUnits));
        Assert.Equal(12, query.Answer(CellFilter.In(table, 1, ["rare3"])).TouchingUnits);
        Assert.Equal(12, query.Answer(CellFilter.In(table, 1, ["atlantis"])).TouchingUnits);
        Assert.DoesNotContain("rare3", table.Dimensions[1].Labels);

        var closed = Build(rows, closed: true).Table;
        Assert.Equal(92, new SafeTableQuery(closed).Answer(CellFilter.In(closed, 1, cities)).Rows);
    }

    [Fact]
    public void Another_spelling_of_a_condition_has_the_same_answer()
    {
        var table = Build(Rows()).Table;
        var query = new SafeTableQuery(table);
        var a = CellFilter.In(table, 1, ["a"]);
        CellFilter[] spellings =
        [
            CellFilter.Everything,
            CellFilter.Or(a, CellFilter.Not(a)),
            CellFilter.Not(CellFilter.And(a, CellFilter.Not(a))),
            CellFilter.Or(CellFilter.In(table, 1, ["a", "b"]), CellFilter.Not(CellFilter.In(table, 1, ["b", "a"]))),
        ];
        Assert.All(spellings, spelling => Assert.Equal((92, 0L), (query.Answer(spelling).Rows, query.Answer(spelling).TouchingUnits)));
        var rest = query.Answer(CellFilter.And(CellFilter.Not(a), CellFilter.In(table, 0, ["north"])));
        Assert.Equal((20, 12L), (rest.Rows, rest.TouchingUnits));
    }

    [Fact]
    public void Distinct_units_over_blocks_are_an_interval()
    {
        // The same forty workers in two months, but for three: A + B − A∪B would count the thirty-seven in both.
        List<RawRow> rows = [.. Enumerable.Range(0, 40).SelectMany(i => new[] { new RawRow(["jan", "a"], i, [i + 1]), new RawRow(["feb", "a"], i + 3, [i + 1]) })];
        var table = Build(rows, unitIsRow: false).Table;
        var all = new SafeTableQuery(table).Answer(CellFilter.Everything);
        Assert.Equal((40L, 80L), (all.UnitsLeast, all.UnitsMost));
        var january = new SafeTableQuery(table).Answer(CellFilter.In(table, 0, ["jan"]));
        Assert.Equal((40L, 40L), (january.UnitsLeast, january.UnitsMost));
    }

    [Fact]
    public void Moments_and_bounds_of_quantiles_hold_the_truth()
    {
        var rows = Rows();
        var answer = new SafeTableQuery(Build(rows).Table).Answer(CellFilter.Everything).Measures[0];
        double[] values = [.. rows.Select(row => (double)row.Measures[0]!.Value).Order()];
        var mean = values.Average();
        Assert.Equal(mean, answer.Mean!.Value, 1e-12);
        Assert.Equal(values.Length, answer.Moments.Values);
        Assert.Equal(values.Sum(value => (value - mean) * (value - mean)), answer.Moments.SquaredDeviations, 1e-6);
        Assert.InRange(values[0], answer.Least!.Value.Low, answer.Least.Value.High);
        Assert.InRange(values[^1], answer.Greatest!.Value.Low, answer.Greatest.Value.High);
        foreach (var fraction in new[] { 0, 0.1, 0.25, 0.5, 0.75, 0.9, 1 })
        {
            var rank = fraction * (values.Length - 1);
            var below = (int)Math.Floor(rank);
            var truth = values[below] + (values[Math.Min(below + 1, values.Length - 1)] - values[below]) * (rank - below);
            Assert.InRange(truth, answer.Quantile(fraction)!.Value.Low, answer.Quantile(fraction)!.Value.High);
        }
    }

    [Fact]
    public void Answers_are_a_function_of_the_table()
    {
        // Other cities among the pooled and other values with the same sums: the same bytes, and so the same answers.
        var rows = Rows();
        var others = rows.Select(row => row.Dimensions[1]!.StartsWith("rare", StringComparison.Ordinal) ? row with { Dimensions = ["north", "else" + row.Dimensions[1]] } : row).ToList();
        var (one, other) = (Build(rows).Table, Build(others).Table);
        Assert.Equal(SafeTableCodec.Encode(one), SafeTableCodec.Encode(other));
        var read = SafeTableCodec.Decode(SafeTableCodec.Encode(one));
        Assert.Equal(
            new SafeTableQuery(read).Group(CellFilter.In(read, 1, ["a", "b"]), [GroupKey.ByValue(read, 0)]).Select(cell => (cell.Rows, cell.TouchingUnits, cell.Measures[0].Sum)),
            new SafeTableQuery(other).Group(CellFilter.In(other, 1, ["a", "b"]), [GroupKey.ByValue(other, 0)]).Select(cell => (cell.Rows, cell.TouchingUnits, cell.Measures[0].Sum)));
    }

    [Fact]
    public void The_owner_sees_what_is_withheld()
    {
        var report = WithheldReport.Of(Build(Rows()).Table);
        Assert.Equal([0, 12.0 / 92], report.Single.Select(share => share.Counts));
        Assert.Equal(12.0 / 92, Assert.Single(report.Pairs).Values[0]);
        Assert.Equal(0, WithheldReport.Of(Build(Rows(rare: false)).Table).Pairs[0].Counts);
    }

    [Fact]
    public void Nothing_is_published_of_too_few_rows()
    {
        var table = Build(Rows()[..9]).Table;
        Assert.Empty(table.CountBlocks);
        var answer = new SafeTableQuery(table).Answer(CellFilter.Everything);
        Assert.Null(answer.Rows);
        Assert.Null(answer.Measures[0].Sum);
    }
}
