using System.Globalization;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Engines.Tests;

/// <summary>What a safe table is built from: every unit in every combination of dimension values, against sums made row by row.</summary>
public sealed class TableScanTests
{
    private sealed record Row(string Region, int? Cut, long Units, decimal? Price, double Balance, string? Worker);

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_scan_visits_every_unit_in_every_combination_once(string engine)
    {
        var (product, rows) = (ProductOf("worker"), Made());
        var scan = new TableScan(product, ["region", "band"], [Of("units", squares: true), Of("price", squares: true), Of("balance", squares: true)]);
        var expected = rows.GroupBy(row => (row.Region, (object?)Bucket(row.Cut), row.Worker)).ToDictionary(group => group.Key, group => group.ToList());

        await VisitAsync(engine, product, rows, scan, cell =>
        {
            Assert.True(expected.Remove((cell.TextAt(0), cell.IsNull(1) ? null : cell.WholeAt(1), cell.IsNull(2) ? null : cell.TextAt(2)), out var unit));
            Assert.Equal(unit.Count, cell.StateAt(0).Count);
            var (units, price, balance) = (scan.Measures[0], scan.Measures[1], scan.Measures[2]);
            Assert.Equal(unit.Aggregate(Int128.Zero, (sum, row) => sum + ((Int128)row.Units * row.Units)), cell.StateAt(units.Squares).Exact);
            Assert.Equal((unit.Min(row => row.Units), unit.Max(row => row.Units)), ((long)cell.StateAt(units.Least).Exact, (long)cell.StateAt(units.Greatest).Exact));
            Assert.Equal(unit.Sum(row => Math.Abs(row.Units)), (long)cell.StateAt(units.Gross).Exact);

            var prices = unit.Where(row => row.Price is not null).Select(row => (long)(row.Price!.Value * 100)).ToList();
            Assert.Equal(prices.Count, cell.StateAt(price.Sum).Count);
            Assert.Equal(prices.Sum(), (long)cell.StateAt(price.Sum).Exact);
            Assert.Equal(prices.Aggregate(Int128.Zero, (sum, value) => sum + ((Int128)value * value)), cell.StateAt(price.Squares).Exact);
            if (prices.Count > 0)
            {
                Assert.Equal((prices.Min(), prices.Max()), ((long)cell.StateAt(price.Least).Exact, (long)cell.StateAt(price.Greatest).Exact));
            }

            Assert.Equal(unit.Sum(row => Math.Abs(row.Balance)), cell.StateAt(balance.Gross).X, 1e-9);
            Assert.Equal(unit.Sum(row => row.Balance * row.Balance), cell.StateAt(balance.Squares).X, 1e-6);
            Assert.Equal((unit.Min(row => row.Balance), unit.Max(row => row.Balance)), (cell.StateAt(balance.Least).X, cell.StateAt(balance.Greatest).X));
        });

        Assert.Empty(expected);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Where_rows_are_units_rows_that_are_alike_come_as_one_cell_with_their_number(string engine)
    {
        var (product, rows) = (ProductOf("row"), Made());
        rows.AddRange(rows.Take(10).ToList());
        var scan = new TableScan(product, ["region"], [Of("units", squares: false), Of("price", squares: false)]);
        var expected = rows.GroupBy(row => (row.Region, row.Units, row.Price)).ToDictionary(group => group.Key, group => (long)group.Count());

        await VisitAsync(engine, product, rows, scan, cell =>
        {
            decimal? price = cell.IsNull(scan.Measures[1].Key) ? null : decimal.Parse(cell.TextAt(scan.Measures[1].Key), CultureInfo.InvariantCulture);
            Assert.True(expected.Remove((cell.TextAt(0), cell.WholeAt(scan.Measures[0].Key), price), out var count));
            Assert.Equal(count, cell.StateAt(0).Count);
        });

        Assert.Empty(expected);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_scan_counts_the_values_of_every_unit_by_bins_of_the_grid(string engine)
    {
        var (product, rows) = (ProductOf("worker"), Made());
        var (balance, price) = (ValueGrid.Of(product.Columns["balance"])!, ValueGrid.Of(product.Columns["price"])!);
        var scan = new TableScan(product, ["region"], [new(new Expression { Column = "balance" }, false, false, balance), new(new Expression { Column = "price" }, false, false, price)]);
        var expected = rows.GroupBy(row => (row.Region, row.Worker)).ToDictionary(group => group.Key, group => group.ToList());

        await VisitAsync(engine, product, rows, scan, cell =>
        {
            Assert.True(expected.Remove((cell.TextAt(0), cell.IsNull(1) ? null : cell.TextAt(1)), out var unit));
            AssertBins(balance, unit.Select(row => row.Balance), cell.StateAt(scan.Measures[0].Bins));
            AssertBins(price, unit.Where(row => row.Price is not null).Select(row => (double)row.Price!.Value), cell.StateAt(scan.Measures[1].Bins));
        });

        Assert.Empty(expected);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_scan_row_by_row_hands_over_every_row_of_every_unit_with_its_values(string engine)
    {
        var (product, rows) = (ProductOf("worker"), Made(9_000));
        rows.AddRange(rows.Take(10).ToList());
        var scan = new TableScan(product, ["region", "band"], [Of("units", squares: true), Of("price", squares: false), Of("balance", squares: false)], rowByRow: true);
        var expected = rows.GroupBy(row => (row.Region, (object?)Bucket(row.Cut), row.Worker, row.Units, row.Price, row.Balance)).ToDictionary(group => group.Key, group => (long)group.Count());

        await VisitAsync(engine, product, rows, scan, cell =>
        {
            var (units, price, balance) = (scan.Measures[0].Key, scan.Measures[1].Key, scan.Measures[2].Key);
            var key = (cell.TextAt(0), (object?)(cell.IsNull(1) ? null : cell.WholeAt(1)), cell.IsNull(2) ? null : cell.TextAt(2), cell.WholeAt(units),
                cell.IsNull(price) ? null : (decimal?)decimal.Parse(cell.TextAt(price), CultureInfo.InvariantCulture), cell.DoubleAt(balance));
            Assert.True(expected.ContainsKey(key));
            expected[key] -= cell.StateAt(0).Count;
        });

        Assert.All(expected.Values, left => Assert.Equal(0, left));
    }

    [Fact]
    public async Task What_a_visitor_throws_between_two_rows_ends_the_visit_and_the_next_one_sees_all_rows()
    {
        var (product, rows) = (ProductOf("worker"), Made(9_000));
        var scan = new TableScan(product, ["region"], [Of("units", squares: false)], rowByRow: true);
        var (seen, all) = (0, 0);

        await VisitAsync("duckdb", product, rows, async visit =>
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => visit(scan, _ => seen = seen < 100 ? seen + 1 : throw new InvalidDataException()));
            await visit(scan, _ => all++);
        });

        Assert.Equal((100, 9_000), (seen, all));
    }

    private static Task VisitAsync(string engine, Product product, List<Row> rows, TableScan scan, Action<VisitedCell> take) =>
        VisitAsync(engine, product, rows, visit => visit(scan, take));

    /// <summary>Publishes the rows, to be visited as often as one likes.</summary>
    private static async Task VisitAsync(string engine, Product product, List<Row> rows, Func<Func<TableScan, Action<VisitedCell>, Task>, Task> visits)
    {
        using var folder = new ScratchFolder();
        await using var engines = new EngineSet(folder.File("data"), new EngineLimits(2, 500_000_000));
        var request = new PublishRequest(product, folder.Write("a.csv", Csv(rows)), engine, 1, null, false, "");
        var published = await new DatasetPublisher(engines).PublishAsync(request, null, TestContext.Current.CancellationToken);
        await visits((scan, take) => engines[engine].VisitAsync(scan.Fragment, published.Published!, take, TestContext.Current.CancellationToken));
    }

    private static void AssertBins(ValueGrid grid, IEnumerable<double> values, PartialState state) => Assert.Equal(
        values.GroupBy(grid.BinOf).OrderBy(bin => bin.Key).Select(bin => new ValueBin(grid.Edges[bin.Key], grid.Edges[bin.Key + 1], bin.Count())), state.Bins ?? []);

    private static MeasureRequest Of(string name, bool squares) => new(new Expression { Column = name }, squares, OneSided: false);

    private static object? Bucket(int? value) => value is null ? null : value < 10 ? 0L : value < 20 ? 1L : 2L;

    private static List<Row> Made(int count = 400)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(number => new Row(
            random.Next(2) == 0 ? "north" : "south", number % 11 == 0 ? null : random.Next(30), random.NextInt64(-3_000_000_000, 3_000_000_000),
            number % 7 == 0 ? null : random.Next(-90_000, 90_000) / 100m, random.Next(-1000, 1000) / 8.0, number % 13 == 0 ? null : $"w{random.Next(80)}"))];
    }

    private static string Csv(IEnumerable<Row> rows) => "region,cut,units,price,balance,worker\n" + string.Concat(rows.Select(row => string.Create(
        CultureInfo.InvariantCulture, $"{row.Region},{row.Cut},{row.Units},{row.Price:0.00},{row.Balance:R},{row.Worker}\n")));

    private static Product ProductOf(string unit)
    {
        static ColumnType Type(TypeKind kind) => new() { Kind = kind };
        var definition = new ProductDefinition
        {
            Name = "wages",
            Major = 1,
            Title = "Wages",
            Unit = unit,
            Publisher = "bureau",
            Columns =
            {
                new ColumnDefinition { Name = "region", Type = Type(TypeKind.String), Role = ColumnRole.Dimension, Required = true },
                new ColumnDefinition { Name = "cut", Type = Type(TypeKind.Int), Role = ColumnRole.Dimension },
                new ColumnDefinition { Name = "band", Type = Type(TypeKind.Int), Role = ColumnRole.Dimension, From = "cut", Cuts = { 10, 20 } },
                new ColumnDefinition { Name = "units", Type = Type(TypeKind.Int), Role = ColumnRole.Measure, Required = true },
                new ColumnDefinition { Name = "price", Type = new ColumnType { Kind = TypeKind.Decimal, Precision = 12, Scale = 2 }, Role = ColumnRole.Measure, Bounds = new Interval { Low = -900, High = 900 }, Step = 0.3 },
                new ColumnDefinition { Name = "balance", Type = Type(TypeKind.Double), Role = ColumnRole.Measure, Required = true, Bounds = new Interval { Low = -125, High = 125 }, Step = 12.5 },
                new ColumnDefinition { Name = "worker", Type = Type(TypeKind.String), Role = ColumnRole.Identifier },
            },
        };
        return Product.From(definition, definition.ToByteArray());
    }
}
