using System.Globalization;
using System.Numerics;
using Exchange.Engines.DuckDb;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Engines.Tests.DuckDb;

/// <summary>What is kept of units whose rows the node collects itself, against plain sums over the same rows.</summary>
public sealed class CollectedScanTests
{
    private const int Units = 3000;

    // Where doubles are 256 apart.
    private const long MeterLow = 1L << 60;

    private static readonly IntegerGrid Ages = new(50, 1, 50);
    private static readonly IntegerGrid Meters = new(MeterLow + 512, 1, 512);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A row of the random data; a unit that is null is one of the many without an id.</summary>
    private sealed record Row(string? Unit, string Region, long? Age, double? Heat);

    [Theory]
    [InlineData("int", 1)]
    [InlineData("short text", 1)]
    [InlineData("long text", 2)]
    [InlineData("int", 5)]
    public async Task Counts_and_sums_are_those_of_plain_sums_over_each_unit(string ids, int rowsPerGroup)
    {
        var rows = Made(seed: 1, ids);
        foreach (var cell in await RunAsync(rows, ids, groupsPerUnit: 1000, rowsPerGroup))
        {
            var (all, counted, filtered, sum, meters, units) = (0L, 0L, 0L, 0L, 0L, 0L);
            foreach (var unit in rows.Where(row => row.Region == (string)cell.Key[0]! && row.Age == (long?)cell.Key[1]).GroupBy(row => row.Unit))
            {
                units++;
                all += Math.Min(unit.Count(), rowsPerGroup);
                var heats = unit.Where(row => row.Heat is not null).ToList();
                counted += Math.Min(heats.Count, rowsPerGroup);
                filtered += Math.Min(heats.Count(row => row.Age > 5), rowsPerGroup);
                var whole = heats.Sum(row => (long)Math.Clamp(Math.Round(row.Heat!.Value - Ages.Middle), -Ages.Reach, Ages.Reach));
                sum += heats.Count > rowsPerGroup ? whole * rowsPerGroup / heats.Count : whole;
                var (aged, years) = (unit.Count(row => row.Age is not null), unit.Sum(row => row.Age is { } age ? MeterLow + age - (long)Meters.Middle : 0));
                meters += aged > rowsPerGroup ? years * rowsPerGroup / aged : years;
            }

            Assert.Equal((Int128)meters, cell.States[3].Exact);
            Assert.Equal((all, counted, (Int128)sum, filtered, units), (cell.States[0].Count, cell.States[1].Count, cell.States[1].Exact, cell.States[2].Count, cell.Supports[0].Rows));
        }
    }

    [Theory]
    [InlineData("int")]
    [InlineData("long text")]
    public async Task Every_unit_counts_in_as_many_groups_as_it_may_and_has(string ids)
    {
        var rows = Made(seed: 2, ids);
        var cells = await RunAsync(rows, ids, groupsPerUnit: 3, rowsPerGroup: 1);
        Assert.Equal(
            rows.GroupBy(row => row.Unit).Sum(unit => Math.Min(3, unit.Select(row => (row.Region, row.Age)).Distinct().Count())), cells.Sum(cell => cell.Supports[0].Rows));
    }

    [Fact]
    public async Task Which_groups_of_a_unit_count_hangs_on_no_other_unit()
    {
        var rows = Made(seed: 3, "int");
        var before = Kept(await RunAsync(rows, "int", groupsPerUnit: 2, rowsPerGroup: 1));
        foreach (var gone in new[] { "0", "17", null })
        {
            // All but one unit, once with and once without the others: what was kept of the one is what its leaving takes away.
            var without = Kept(await RunAsync([.. rows.Where(row => row.Unit != gone)], "int", groupsPerUnit: 2, rowsPerGroup: 1));
            var alone = Kept(await RunAsync([.. rows.Where(row => row.Unit == gone)], "int", groupsPerUnit: 2, rowsPerGroup: 1));
            Assert.Equal(2, alone.Count);
            Assert.Equal(before, without.Concat(alone).GroupBy(group => group.Key).ToDictionary(group => group.Key, group => group.Sum(one => one.Value)));
        }
    }

    [Fact]
    public async Task The_order_is_the_same_every_time_and_another_under_another_key()
    {
        var rows = Made(seed: 4, "int");
        var once = Kept(await RunAsync(rows, "int", groupsPerUnit: 1, rowsPerGroup: 1));
        Assert.Equal(once, Kept(await RunAsync(rows, "int", groupsPerUnit: 1, rowsPerGroup: 1)));
        Assert.NotEqual(once, Kept(await RunAsync(rows, "int", groupsPerUnit: 1, rowsPerGroup: 1, orderKey: 43)));
    }

    [Fact]
    public async Task Rows_that_were_appended_are_of_the_same_units()
    {
        var rows = Made(seed: 5, "long text");
        var whole = await RunAsync(rows, "long text", groupsPerUnit: 2, rowsPerGroup: 2);
        var parts = await RunAsync(rows, "long text", groupsPerUnit: 2, rowsPerGroup: 2, parts: 3);
        Assert.Equal(Kept(whole), Kept(parts));
    }

    [Theory]
    [InlineData("int")]
    [InlineData("decimal")]
    public async Task Without_keys_each_unit_adds_its_rows_once(string ids)
    {
        var rows = Made(seed: 6, ids);
        var cell = Assert.Single(await RunAsync(rows, ids, groupsPerUnit: 1, rowsPerGroup: 1, keys: ""));
        Assert.Equal((Units + 1L, Units + 1L), (cell.Supports[0].Rows, cell.States[0].Count));
        Assert.Empty(await RunAsync(rows, ids, groupsPerUnit: 1, rowsPerGroup: 1, keys: "", where: "WHERE age > 1000"));
    }

    [Fact]
    public async Task With_too_little_memory_the_engine_bounds_by_itself()
    {
        var rows = Made(seed: 7, "int");
        var cells = await RunAsync(rows, "int", groupsPerUnit: 1000, rowsPerGroup: 2, memoryBytes: 70_000_000, times: 40);
        Assert.Equal(Kept(await RunAsync(rows, "int", groupsPerUnit: 1000, rowsPerGroup: 2, times: 40)), Kept(cells));
    }

    [Fact]
    public async Task Ids_however_long_take_no_more_memory_than_was_set_aside()
    {
        // Whether the memory is enough would tell how long the ids are.
        var rows = Made(seed: 9, "very long text");
        var cells = await RunAsync(rows, "very long text", groupsPerUnit: 1000, rowsPerGroup: 2, memoryBytes: 160_000_000, times: 7);
        Assert.Equal(Kept(await RunAsync(rows, "very long text", groupsPerUnit: 1000, rowsPerGroup: 2)), Kept(cells));
    }

    [Fact]
    public async Task Scans_at_once_are_right_though_there_is_memory_for_one()
    {
        var rows = Made(seed: 10, "int");
        var expected = Kept(await RunAsync(rows, "int", groupsPerUnit: 1000, rowsPerGroup: 1));
        await WithAsync(rows, "int", 1, 1, 80_000_000, async (product, engines, source) =>
            Assert.All(
                await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => engines["duckdb"].RunAsync(Scan(product, 1000, 1), source, Token))),
                answer => Assert.Equal(expected, Kept(answer.Cells))));
    }

    [Fact]
    public async Task A_scan_that_is_stopped_at_any_time_leaves_the_next_one_right()
    {
        var rows = Made(seed: 8, "long text");
        var expected = Kept(await RunAsync(rows, "long text", groupsPerUnit: 2, rowsPerGroup: 1));
        await WithAsync(rows, "long text", 1, 1, 500_000_000, async (product, engines, source) =>
        {
            for (var microseconds = 0; microseconds < 6000; microseconds += 200)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
                stop.CancelAfter(TimeSpan.FromMicroseconds(microseconds));
                try
                {
                    await engines["duckdb"].RunAsync(Scan(product, 2, 1), source, stop.Token);
                }
                catch (OperationCanceledException)
                {
                }
            }

            Assert.Equal(expected, Kept((await engines["duckdb"].RunAsync(Scan(product, 2, 1), source, Token)).Cells));
        });
    }

    private static Dictionary<(object?, object?), long> Kept(IEnumerable<RawCell> cells) => cells.ToDictionary(cell => (cell.Key[0], cell.Key[1]), cell => cell.Supports[0].Rows);

    private static List<Row> Made(int seed, string ids)
    {
        var random = new Random(seed);
        var rows = new List<Row>();
        string[] regions = ["north", "south", "east", "west"];
        for (var unit = -1; unit < Units; unit++)
        {
            // Those without an id are one unit with many rows; of the others some have one row and a few are in nearly every group.
            var count = unit < 0 ? 400 : unit % 100 == 17 ? 150 : random.Next(1, 9);
            for (var row = 0; row < count; row++)
            {
                rows.Add(new Row(
                    unit < 0 ? null : IdOf(ids, unit), regions[random.Next(4)], random.Next(10) == 0 ? null : random.Next(12), random.Next(6) == 0 ? null : random.NextDouble() * 140 - 20));
            }
        }

        return [.. rows.OrderBy(_ => random.Next())];
    }

    // Long ones begin and end alike.
    private static string IdOf(string ids, int unit) => ids switch
    {
        "short text" => string.Create(CultureInfo.InvariantCulture, $"p{unit}"),
        "long text" => string.Create(CultureInfo.InvariantCulture, $"patient-{unit}-of-the-hospital"),
        "very long text" => string.Create(CultureInfo.InvariantCulture, $"{new string('a', 400)}{unit}{new string('b', 400)}"),
        _ => unit.ToString(CultureInfo.InvariantCulture),
    };

    private static async Task<IReadOnlyList<RawCell>> RunAsync(
        IReadOnlyList<Row> rows, string ids, int groupsPerUnit, int rowsPerGroup, ulong orderKey = 42, int parts = 1, string keys = "region, age", string where = "", long memoryBytes = 500_000_000, int times = 1)
    {
        IReadOnlyList<RawCell> cells = [];
        await WithAsync(rows, ids, parts, times, memoryBytes, async (product, engines, source) =>
            cells = (await engines["duckdb"].RunAsync(Scan(product, groupsPerUnit, rowsPerGroup, orderKey, keys, where), source, Token)).Cells);
        return cells;
    }

    private static async Task WithAsync(IReadOnlyList<Row> rows, string ids, int parts, int times, long memoryBytes, Func<Product, EngineSet, DatasetSource, Task> use)
    {
        using var folder = new ScratchFolder();
        var definition = new ProductDefinition
        {
            Name = "readings",
            Major = 1,
            Title = "Readings",
            Unit = "person",
            Publisher = "bureau",
            Columns =
            {
                new ColumnDefinition { Name = "region", Type = Readings.Of(TypeKind.String), Role = ColumnRole.Dimension, Required = true },
                new ColumnDefinition { Name = "age", Type = Readings.Of(TypeKind.Int), Role = ColumnRole.Dimension },
                new ColumnDefinition { Name = "heat", Type = Readings.Of(TypeKind.Double), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "meter", Type = Readings.Of(TypeKind.Int), Role = ColumnRole.Measure, Bounds = new Interval { Low = MeterLow, High = MeterLow + 1024 } },
                new ColumnDefinition { Name = "person", Type = ids switch { "int" => Readings.Of(TypeKind.Int), "decimal" => new ColumnType { Kind = TypeKind.Decimal, Precision = 20 }, _ => Readings.Of(TypeKind.String) }, Role = ColumnRole.Identifier },
            },
        };
        var product = Product.From(definition, definition.ToByteArray());
        DatasetSource? source = null;
        await using var publishing = new EngineSet(folder.File("data"), new EngineLimits(2, 500_000_000));
        foreach (var (part, number) in Enumerable.Repeat(rows, times).SelectMany(all => all).Chunk(((rows.Count * times) + parts - 1) / parts).Select((part, index) => (part, index + 1)))
        {
            var csv = "region,age,heat,meter,person\n" + string.Concat(part.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Region},{row.Age},{row.Heat},{MeterLow + row.Age},{row.Unit}\n")));
            source = (await new DatasetPublisher(publishing).PublishAsync(new PublishRequest(product, folder.Write($"{number}.csv", csv), "duckdb", number, source, false, ""), null, Token)).Published!;
        }

        await using var engines = new EngineSet(folder.File("data"), new EngineLimits(2, memoryBytes, SmallRowsMax: 0));
        await use(product, engines, source!);
    }

    private static ApprovedFragment Scan(Product product, int groupsPerUnit, int rowsPerGroup, ulong orderKey = 42, string keys = "region, age", string where = "")
    {
        var approved = Ask.Fragment(product, $"SELECT COUNT(*), COUNT(heat) FILTER (WHERE age > 5){(keys.Length == 0 ? "" : ", " + keys)} FROM readings {where}{(keys.Length == 0 ? "" : " GROUP BY " + keys)}");
        return BoundedScan.Of(
            approved,
            [
                new ApprovedAggregate(AggregateKind.CountRows, null, null, null, null, null, 0, 0),
                new ApprovedAggregate(AggregateKind.GridSum, new Expression { Column = "heat" }, Readings.Of(TypeKind.Double), null, null, null, 0, 0) { Integers = Ages },
                approved.Aggregates.Single(aggregate => aggregate.Filter is not null),
                new ApprovedAggregate(AggregateKind.GridSum, new Expression { Column = "meter" }, Readings.Of(TypeKind.Int), null, null, null, 0, 0) { Integers = Meters },
            ],
            new ContributionBounds(groupsPerUnit, rowsPerGroup, orderKey), cellsMax: 1000);
    }
}
