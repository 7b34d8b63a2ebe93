using System.Globalization;
using System.Numerics;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Engines.Tests;

/// <summary>What a unit adds to the figures of a bounded scan, in both engines.</summary>
public sealed class BoundedScanTests
{
    private sealed record Row(string? Worker, string Region, double? Heat, long Units);

    /// <summary>DuckDB where the node itself bounds the units, which it does if there is no histogram.</summary>
    private const string Collected = "duckdb, without a histogram";

    private static readonly IntegerGrid Grid = new(5, 0.25, 20);
    private static readonly IntegerGrid Squares = new(5, 0.5, 50);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("duckdb", 1)]
    [InlineData("sqlite", 1)]
    [InlineData("duckdb", 3)]
    [InlineData("sqlite", 3)]
    [InlineData("duckdb", 50)]
    [InlineData("sqlite", 50)]
    [InlineData(Collected, 1)]
    [InlineData(Collected, 3)]
    [InlineData(Collected, 50)]
    public async Task Figures_are_those_of_each_unit_scaled_to_its_rows(string engine, int rowsPerGroup)
    {
        var rows = Made();
        var cells = await RunAsync(engine, rows, groupsPerUnit: 100, rowsPerGroup);

        Assert.Equal(3, cells.Count);
        foreach (var cell in cells)
        {
            var (count, sum, squares, units) = (0L, 0L, 0L, 0L);
            foreach (var unit in rows.Where(row => row.Region == (string)cell.Key[0]!).GroupBy(row => row.Worker))
            {
                units++;
                var values = unit.Where(row => row.Heat is not null).Select(row => row.Heat!.Value).ToList();
                count += Math.Min(values.Count, rowsPerGroup);
                sum += Scaled(values.Sum(value => Number(Grid, value - Grid.Middle)), values.Count, rowsPerGroup);
                squares += Scaled(values.Sum(value => Number(Squares, (value - Squares.Middle) * (value - Squares.Middle))), values.Count, rowsPerGroup);
            }

            Assert.Equal((count, (Int128)sum, (Int128)squares, units), (cell.States[1].Count, cell.States[1].Exact, cell.States[2].Exact, cell.Supports[0].Rows));
        }
    }

    [Theory]
    [InlineData("duckdb", 1)]
    [InlineData("sqlite", 1)]
    [InlineData("duckdb", 3)]
    [InlineData("sqlite", 3)]
    [InlineData("duckdb", 50)]
    [InlineData("sqlite", 50)]
    public async Task Bins_of_a_histogram_are_those_of_each_unit_scaled_to_its_rows(string engine, int rowsPerGroup)
    {
        var rows = Made();
        foreach (var cell in await RunAsync(engine, rows, groupsPerUnit: 100, rowsPerGroup))
        {
            var bins = new SortedDictionary<int, long>();
            foreach (var unit in rows.Where(row => row.Region == (string)cell.Key[0]!).GroupBy(row => row.Worker))
            {
                foreach (var bin in unit.GroupBy(row => BinOf(row.Units % 8)))
                {
                    bins[bin.Key] = bins.GetValueOrDefault(bin.Key) + Scaled(bin.Count(), unit.Count(), rowsPerGroup);
                }
            }

            Assert.Equal(bins.Where(bin => bin.Value > 0).Select(bin => (bin.Key, bin.Value)), cell.States[3].Bins!.Where(bin => bin.Count > 0).Select(bin => (BinOf(bin.Low), bin.Count)));
        }
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Where_rows_are_units_a_histogram_holds_every_row(string engine) =>
        Assert.Equal(Made().Count, (await RunAsync(engine, Made(), 1, 1, unit: "row")).Sum(cell => cell.States[3].Bins!.Sum(bin => bin.Count)));

    /// <summary>The sensitivity that the noise is made for, with rows chosen to exceed it: one unit in every group, values beyond the bounds.</summary>
    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    [InlineData(Collected)]
    public async Task Taking_a_unit_away_moves_the_figures_by_no_more_than_their_sensitivity(string engine)
    {
        const int groupsPerUnit = 2;
        const int rowsPerGroup = 2;
        var rows = Made();
        var before = await RunAsync(engine, rows, groupsPerUnit, rowsPerGroup);
        foreach (var unit in rows.Select(row => row.Worker).Distinct())
        {
            var after = await RunAsync(engine, [.. rows.Where(row => row.Worker != unit)], groupsPerUnit, rowsPerGroup);
            BigInteger Moved(Func<RawCell, Int128> figure) => before.Select(cell =>
            {
                var other = after.FirstOrDefault(one => Equals(one.Key[0], cell.Key[0]));
                return BigInteger.Pow((BigInteger)(figure(cell) - (other is null ? 0 : figure(other))), 2);
            }).Aggregate(BigInteger.Zero, (sum, one) => sum + one);

            Assert.InRange(Moved(cell => cell.Supports[0].Rows), 0, groupsPerUnit);
            Assert.InRange(Moved(cell => cell.States[0].Count), 0, groupsPerUnit * rowsPerGroup * rowsPerGroup);
            Assert.InRange(Moved(cell => cell.States[1].Exact), 0, groupsPerUnit * BigInteger.Pow(rowsPerGroup * Grid.Reach, 2));
            // Of the histogram, over all bins of all groups.
            Assert.InRange(
                engine == Collected ? 0 : Enumerable.Range(0, 4).Select(bin => Moved(cell => cell.States[3].Bins?.Where(one => BinOf(one.Low) == bin).Sum(one => one.Count) ?? 0)).Aggregate(BigInteger.Zero, (sum, one) => sum + one),
                0, groupsPerUnit * rowsPerGroup * rowsPerGroup);
            Assert.InRange(Moved(cell => cell.States[2].Exact), 0, groupsPerUnit * BigInteger.Pow(rowsPerGroup * Squares.Reach, 2));
        }
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Where_rows_are_units_every_row_counts_once_cut_to_the_grid(string engine)
    {
        var rows = Made();
        var cells = await RunAsync(engine, rows, 1, 1, unit: "row");

        Assert.Equal(rows.Count, cells.Sum(cell => cell.States[0].Count));
        Assert.Equal(rows.Where(row => row.Heat is not null).Sum(row => Number(Grid, row.Heat!.Value - Grid.Middle)), (long)cells.Aggregate(Int128.Zero, (sum, cell) => sum + cell.States[1].Exact));
    }

    [Theory]
    [InlineData("duckdb", "worker")]
    [InlineData("sqlite", "worker")]
    [InlineData("duckdb", "row")]
    [InlineData("sqlite", "row")]
    [InlineData(Collected, "worker")]
    public async Task Groups_beyond_those_wanted_are_left_out_without_an_error(string engine, string unit)
    {
        Assert.Equal(2, (await RunAsync(engine, Made(), 100, 100, unit, cellsMax: 2)).Count);
        Assert.Equal(3, (await RunAsync(engine, Made(), 100, 100, unit, cellsMax: 3)).Count);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    [InlineData(Collected)]
    public async Task A_value_that_cannot_be_computed_is_no_value_and_no_error(string engine)
    {
        // Of one row, the square of its units is beyond 64 bits: whether the statement fails would tell that it is there.
        List<Row> rows = [.. Made(), new Row("big", "north", 1, long.MaxValue)];
        var units = new Expression { Column = "units" };
        var square = new Expression { Call = new Call { Operator = Operator.Multiply, Arguments = { units, units } } };
        var cells = await RunAsync(engine, rows, 100, 100, argument: square);

        Assert.Equal(rows.Count - 1, cells.Sum(cell => cell.States[1].Count));
    }

    [Fact]
    public async Task In_sqlite_a_value_of_which_a_part_cannot_be_computed_is_missing_as_a_whole()
    {
        List<Row> rows = [.. Made(), new Row("big", "north", 1, long.MaxValue)];
        var units = new Expression { Column = "units" };
        var square = new Expression { Call = new Call { Operator = Operator.Multiply, Arguments = { units, units } } };
        var isMissing = new Expression { Call = new Call { Operator = Operator.IsNull, Arguments = { square } } };
        var counted = new Expression { CaseExpression = new CaseExpression { Branches = { new CaseBranch { Condition = isMissing, Result = new Expression { Literal = new Value { IntValue = 1 } } } }, Otherwise = units } };
        Assert.Equal(rows.Count - 1, (await RunAsync("sqlite", rows, 100, 100, argument: counted)).Sum(cell => cell.States[1].Count));
    }

    private static int BinOf(double place) => Math.Clamp((int)Math.Floor(place / 2), 0, 3);

    private static long Number(IntegerGrid grid, double value) => (long)Math.Clamp(Math.Round(value / grid.Step), -grid.Reach, grid.Reach);

    private static long Scaled(long sum, int count, int most) => count > most ? sum * most / count : sum;

    private static List<Row> Made()
    {
        var rows = new List<Row>();
        string[] regions = ["north", "south", "east"];
        for (var worker = 0; worker < 12; worker++)
        {
            for (var row = 0; row <= worker; row++)
            {
                // Far beyond the bounds in both directions; every fifth is missing.
                double? heat = (worker * row) % 5 == 4 ? null : ((worker * 31) + (row * 17)) % 41 - 15.3;
                rows.Add(new Row(worker == 3 ? null : "w" + worker, regions[(worker + row) % 3], heat, row));
            }
        }

        return rows;
    }

    private static async Task<IReadOnlyList<RawCell>> RunAsync(string engine, IReadOnlyList<Row> rows, int groupsPerUnit, int rowsPerGroup, string unit = "worker", Expression? argument = null, int cellsMax = 100)
    {
        var hasHistogram = engine != Collected;
        engine = hasHistogram ? engine : "duckdb";
        using var folder = new ScratchFolder();
        await using var engines = new EngineSet(folder.File("data"), new EngineLimits(1, 500_000_000));
        var definition = new ProductDefinition
        {
            Name = "readings",
            Major = 1,
            Title = "Readings",
            Unit = unit,
            Publisher = "bureau",
            Columns =
            {
                new ColumnDefinition { Name = "region", Type = Readings.Of(TypeKind.String), Role = ColumnRole.Dimension, Domain = { "north", "south", "east" }, Required = true },
                new ColumnDefinition { Name = "heat", Type = Readings.Of(TypeKind.Double), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "units", Type = Readings.Of(TypeKind.Int), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "place", Type = Readings.Of(TypeKind.Int), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 8 }, Step = 2 },
                new ColumnDefinition { Name = "worker", Type = Readings.Of(TypeKind.String), Role = ColumnRole.Identifier },
            },
        };
        var product = Product.From(definition, definition.ToByteArray());
        var csv = "worker,region,heat,units,place\n" + string.Concat(rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Worker},{row.Region},{row.Heat},{row.Units},{row.Units % 8}\n")));
        var published = await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, folder.Write("a.csv", csv), engine, 1, null, false, ""), null, Token);
        var approved = Ask.Fragment(product, "SELECT region, COUNT(*), SUM(heat) FROM readings GROUP BY region");
        var heat = argument ?? new Expression { Column = "heat" };
        var type = argument is null ? Readings.Of(TypeKind.Double) : Readings.Of(TypeKind.Int);
        ApprovedAggregate[] aggregates =
            [
                new ApprovedAggregate(AggregateKind.CountRows, null, null, null, null, null, 0, 0),
                new ApprovedAggregate(AggregateKind.GridSum, heat, type, null, null, null, 0, 0) { Integers = Grid },
                new ApprovedAggregate(AggregateKind.GridSquares, heat, type, null, null, null, 0, 0) { Integers = Squares },
                new ApprovedAggregate(AggregateKind.Bins, new Expression { Column = "place" }, Readings.Of(TypeKind.Int), null, null, null, 0, 0) { Grid = ValueGrid.Of(product.Columns["place"]) },
            ];
        var scan = BoundedScan.Of(approved, hasHistogram ? aggregates : aggregates[..3], new ContributionBounds(groupsPerUnit, rowsPerGroup, OrderKey: 42), cellsMax);
        return (await engines[engine].RunAsync(scan, published.Published!, Token)).Cells;
    }
}
