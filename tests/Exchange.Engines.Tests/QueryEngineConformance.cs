using System.Globalization;
using DuckDB.NET.Data;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Engines.Tests;

/// <summary>What every engine must do, shown on one corpus of questions against the same questions asked of plain pooled DuckDB.</summary>
public abstract partial class QueryEngineConformance
{
    private const int RowCount = 3_000;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Publishes the file for the engine under test.</summary>
    protected abstract Task<DatasetSource> PublishAsync(EngineSet engines, Product product, string file, ScratchFolder folder);

    public static TheoryData<string> Questions() =>
    [
        "SELECT COUNT(*) FROM readings",
        "SELECT COUNT(\"PM2.5\"), SUM(units), SUM(price), SUM(\"PM2.5\") FROM readings",
        "SELECT region, COUNT(*), SUM(units), SUM(price), AVG(\"PM2.5\"), VAR_SAMP(\"PM2.5\") FROM readings GROUP BY region",
        "SELECT city, \"age.60\", COUNT(*), AVG(\"Air \"\"temperature\"\" [K]\") FROM readings GROUP BY city, \"age.60\"",
        "SELECT age, COUNT(*), STDDEV_POP(\"PM2.5\") FROM readings WHERE age BETWEEN 20 AND 40 GROUP BY age",
        "SELECT fee, COUNT(*) FROM readings GROUP BY fee",
        "SELECT day, SUM(price) FROM readings WHERE day >= DATE '2023-06-01' AND day < DATE '2023-07-01' GROUP BY day",
        "SELECT COUNT(*) FROM readings WHERE seen >= TIMESTAMP '2023-06-01 12:00:00' AND city = 'Århus'",
        "SELECT region, SUM(\"PM2.5\") FILTER (WHERE age > 60), COUNT(*) FILTER (WHERE city IS NULL) FROM readings GROUP BY region",
        "SELECT region, SUM(CASE WHEN age > 30 OR city IS NULL THEN \"PM2.5\" ELSE 0 END), SUM(\"PM2.5\" * 2 - 1) FROM readings GROUP BY region",
        "SELECT region, CORR(\"PM2.5\", \"Air \"\"temperature\"\" [K]\") FROM readings GROUP BY region",
        "SELECT COUNT(*) FROM readings WHERE NOT (region IN ('north', 'south')) OR city <> '北京' OR \"age.60\"",
        "SELECT extract(month FROM day) AS m, COUNT(*) FROM readings GROUP BY extract(month FROM day)",
        "SELECT COUNT(*), SUM(units) FROM readings WHERE region = 'north' AND fee <= 1.5",
        "SELECT region, COUNT(*) FROM readings WHERE city = 'nowhere' GROUP BY region",
    ];

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task The_answer_is_that_of_pooled_DuckDB(string sql)
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var file = folder.Write("readings.csv", ReadingsFile.Text(RowCount));
        var source = await PublishAsync(engines, product, file, folder);

        var query = QueryCompiler.Compile(sql, [product]);
        var raw = await engines[source.Engine].RunAsync(Ask.Approve(product, query.Fragment), source, Token);
        var merged = query.Merge([new ParticipantCells("a", [.. raw.Cells.Select(cell => new ReleasedCell(cell.Key, cell.States))])]);
        PooledAnswer.AssertEqual(PooledAnswer.Of(file, sql), [.. merged.Rows.Select(row => row.Values)]);
    }

    [Fact]
    public async Task Sums_of_extremes_are_exact_beyond_int64()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var row = $"w,north,,,,,,,281,{long.MaxValue},999999999999999999.99,,";
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', ReadingsFile.Header, row, row, row) + "\n"), folder);
        var raw = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT SUM(units), SUM(price) FROM readings"), source, Token);
        var cell = Assert.Single(raw.Cells);
        Assert.Contains(cell.States, state => state.Exact == (Int128)long.MaxValue * 3);
        Assert.Contains(cell.States, state => state.Exact == Int128.Parse("299999999999999999997", CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_sum_far_below_the_shift_of_its_moments_keeps_its_digits()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var rows = Enumerable.Range(1, 500).Select(row => string.Create(CultureInfo.InvariantCulture, $"w{row},north,,,,,,,{row / 3.0 * 1e-9:R},,,,"));
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        var raw = await engines[source.Engine].RunAsync(
            Ask.Fragment(product, "SELECT SUM(\"Air \"\"temperature\"\" [K]\"), VAR_SAMP(\"Air \"\"temperature\"\" [K]\") FROM readings"), source, Token);

        var expected = 500 * 501 / 2 / 3.0 * 1e-9;
        Assert.Contains(Assert.Single(raw.Cells).States, state => Math.Abs(state.X - expected) <= 1e-12 * expected);
    }

    [Fact]
    public async Task Cut_points_number_their_intervals_from_zero_and_keep_NULL()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string Row(string value) => $"w,north,,,,,,{value},281,,,,";
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', ReadingsFile.Header, Row("-5.5"), Row("-5"), Row("0"), Row("20.5"), Row("")) + "\n"), folder);
        var raw = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT dust, COUNT(*) FROM readings GROUP BY dust"), source, Token);
        Assert.Equal([null, 0L, 1L, 2L, 3L], raw.Cells.Select(cell => cell.Key[0]).Order());
    }

    [Fact]
    public async Task Small_supports_carry_their_distinct_units_and_rows_without_a_unit_are_one()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string Row(string worker, string region, string value) => $"{worker},{region},,,,,,{value},281,,,,";
        var rows = new List<string> { ReadingsFile.Header, Row("w1", "north", "1"), Row("w1", "north", ""), Row("", "north", "2"), Row("", "north", "2"), Row("w3", "south", "1") };
        rows.AddRange(Enumerable.Range(0, 8).Select(index => Row("e" + index, "east", "1")));
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows) + "\n"), folder);
        Assert.Equal(2, source.RowsPerUnitMax);
        var raw = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT region, COUNT(*), SUM(\"PM2.5\") FROM readings GROUP BY region", minUnits: 3), source, Token);
        var cells = raw.Cells.ToDictionary(cell => (string)cell.Key[0]!, cell => cell.Supports);
        Assert.Equal([new SupportCount(4, 2), new SupportCount(3, 2)], cells["north"]);
        Assert.Equal([new SupportCount(1, 1), new SupportCount(1, 1)], cells["south"]);
        Assert.Equal([new SupportCount(8, null), new SupportCount(8, null)], cells["east"]);

        var one = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT region, COUNT(*) FROM readings GROUP BY region", minUnits: 1), source, Token);
        Assert.Equal(new SupportCount(1, 1), one.Cells.Single(cell => (string)cell.Key[0]! == "south").Supports[0]);
    }

    [Fact]
    public async Task Distinct_units_are_counted_within_a_filter_and_rows_without_a_unit_are_one()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string Row(string worker, string region, string age) => $"{worker},{region},,,,,{age},1,281,,,,";
        var rows = new[] { ReadingsFile.Header, Row("w1", "north", "30"), Row("w1", "north", "70"), Row("w2", "north", "70"), Row("", "north", "30"), Row("", "north", "30"), Row("w1", "south", "70") };
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows) + "\n"), folder);
        async Task<Dictionary<string, (long, Int128)>> UnitsAsync(string filter) => (await engines[source.Engine].RunAsync(
                Ask.Fragment(product, $"SELECT region, COUNT(*), COUNT(DISTINCT worker_id){filter} FROM readings GROUP BY region", minUnits: 1), source, Token)).Cells
            .ToDictionary(cell => (string)cell.Key[0]!, cell => (cell.States[1].Count, cell.States[1].Exact));
        Assert.Equal(new() { ["north"] = (3, 3), ["south"] = (1, 1) }, await UnitsAsync(""));
        Assert.Equal(new() { ["north"] = (2, 2), ["south"] = (0, 0) }, await UnitsAsync(" FILTER (WHERE age < 60)"));
    }

    [Fact]
    public async Task Where_each_row_is_a_unit_its_rows_are_its_units()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product(definition => definition.Unit = "row");
        var source = await PublishAsync(engines, product, folder.Write("a.csv", ReadingsFile.Text(3)), folder);
        var raw = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings", minUnits: 5), source, Token);
        Assert.Equal(new SupportCount(3, 3), Assert.Single(raw.Cells).Supports[0]);
    }

    [Fact]
    public async Task No_row_gives_no_cell()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var source = await PublishAsync(engines, product, folder.Write("a.csv", ReadingsFile.Text(20)), folder);
        Assert.Empty((await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings WHERE age > 120"), source, Token)).Cells);
    }

    [Fact]
    public async Task As_many_cells_as_the_bound_are_answered_and_one_more_is_refused()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var source = await PublishAsync(engines, product, folder.Write("a.csv", ReadingsFile.Text(200)), folder);
        const string sql = "SELECT region, COUNT(*) FROM readings GROUP BY region";
        Assert.Equal(4, (await engines[source.Engine].RunAsync(Ask.Fragment(product, sql, cellsMax: 4), source, Token)).Cells.Count);
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => engines[source.Engine].RunAsync(Ask.Fragment(product, sql, cellsMax: 3), source, Token));
        Assert.Equal(Reasons.TooManyGroups, refusal.Reason);
    }

    [Fact]
    public async Task Arithmetic_beyond_int64_is_an_error_without_data_in_it()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var source = await PublishAsync(engines, product, folder.Write("a.csv", ReadingsFile.Text(200)), folder);
        var failure = await Assert.ThrowsAsync<ExchangeException>(() => engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT SUM(units * 1000) FROM readings"), source, Token));
        Assert.Equal(Reasons.EngineFailed, failure.Reason);
        Assert.DoesNotContain("9223372036854775807", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_query_stops()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var source = await PublishAsync(engines, product, folder.Write("a.csv", ReadingsFile.Text(2_000)), folder);

        // The same part a thousand times over makes a scan long enough to be caught in the middle.
        var longer = source with { Parts = [.. Enumerable.Repeat(source.Parts[0], 1_000)], RowCount = 1_000 * source.RowCount };
        using var cancellation = new CancellationTokenSource();
        var run = engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT city, day, SUM(\"PM2.5\"), SUM(price), VAR_SAMP(\"PM2.5\") FROM readings GROUP BY city, day"), longer, cancellation.Token);
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        var after = await engines[source.Engine].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings"), source, Token);
        Assert.Equal(2_000, after.Cells[0].States[0].Count);
    }

    [Fact]
    public async Task Appended_rows_count_with_those_before_them()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var first = await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, folder.Write("a.csv", ReadingsFile.Text(50)), EngineName, 1, null, false, ""), null, Token);
        var second = await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, folder.Write("b.csv", ReadingsFile.Text(70, seed: 7)), null, 2, first.Published, false, ""), null, Token);
        Assert.Equal(120, second.Published!.RowCount);
        Assert.True(second.Published.RowsPerUnitMax > first.Published!.RowsPerUnitMax);
        var counts = new List<long>();
        foreach (var source in new[] { first.Published, second.Published })
        {
            counts.Add((await engines[EngineName].RunAsync(Ask.Fragment(product, "SELECT region, COUNT(*) FROM readings GROUP BY region"), source, Token)).Cells.Sum(cell => cell.States[0].Count));
        }

        Assert.Equal([50, 120], counts);
        await engines.DropAllButAsync(first.Published.Parts.ToHashSet(), (first.Published.RowHashes ?? []).ToHashSet(), Token);
        Assert.Equal(50, (await engines[EngineName].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings"), first.Published, Token)).Cells[0].States[0].Count);
        await Assert.ThrowsAsync<ExchangeException>(() => engines[EngineName].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings"), second.Published, Token));
    }

    public static TheoryData<string, string, ReleaseRule?> Cells() => new()
    {
        { "giant", string.Join(' ', Enumerable.Range(0, 20).Select(unit => $"w{unit}:5").Append("g:1900")), ReleaseRule.PPercent },
        { "two of them", string.Join(' ', Enumerable.Range(0, 20).Select(unit => $"w{unit}:5").Append("g:500 h:500")), ReleaseRule.Dominance },
        { "(2,85) above", "a:60 b:26 c:14", ReleaseRule.Dominance },
        { "(2,85) on the boundary", "a:60 b:25 c:15", null },
        { "p% below", "a:60 b:35 c:5", ReleaseRule.PPercent },
        { "p% on the boundary", "a:60 b:34 c:6 d:0", ReleaseRule.Dominance },
        { "one", "a:100", ReleaseRule.PPercent },
        { "two", "a:50 b:50", ReleaseRule.PPercent },
        { "signs", "a:-300 b:200 b:-200 c:250 d:-350", null },
        { "net of nothing is gross of much", "a:900 a:-900 b:20 c:20 d:20 e:20 f:20", ReleaseRule.PPercent },
        { "a unit over several rows", "a:60 a:60 a:60 a:60 b:30 c:30", ReleaseRule.Dominance },
        { "rows without a unit are one", ":60 :60 :60 :60 b:30 c:30", ReleaseRule.Dominance },
        { "a NULL adds nothing", "a:40 a: b:40 c:40 d:", null },
        { "zeros", "a:0 b:0 c:0 d:0 e:0", ReleaseRule.Spread },
        { "even", string.Join(' ', Enumerable.Range(0, 60).Select(unit => $"w{unit}:{unit + 100}")), null },
    };

    /// <summary>One cell among others, with its values as <c>unit:value</c>; every engine gives the gate the same to decide on.</summary>
    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Contributions_are_counted_by_unit_where_their_bounds_do_not_settle_them(string name, string rows, ReleaseRule? broken)
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var lines = rows.Split(' ').Select(row => row.Split(':')).Select(row => $"{row[0]},north,\"{name}\",,,,,{row[1]},281,{row[1]},,,").ToList();
        lines.AddRange(Enumerable.Range(0, 90).Select(unit => $"e{unit},north,other,,,,,{unit + 900},281,{unit + 900},,,"));
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', lines.Prepend(ReadingsFile.Header)) + "\n"), folder);
        foreach (var column in new[] { "units", "\"PM2.5\"" })
        {
            var fragment = Ask.Fragment(product, $"SELECT city, SUM({column}) FROM readings GROUP BY city", rules: new Disclosure { MinUnits = 1, DominancePercent = 85 });
            var raw = await engines[source.Engine].RunAsync(fragment, source, Token);
            var cell = raw.Cells.Single(cell => (string?)cell.Key[0] == name);
            var (contribution, total) = (Assert.Single(fragment.Contributions), Assert.Single(cell.Totals));
            var settled = fragment.Rules.AreSettled(contribution, total, cell.Supports[contribution.Support], source.MagnitudeOf(contribution), source.RowsPerUnitMax);

            Assert.Equal(settled, total.Units is null);
            Assert.Equal(broken, total.Units is null ? null : fragment.Rules.BrokenBy(contribution, total.Units));
            Assert.Null(raw.Cells.Single(other => (string?)other.Key[0] == "other").Totals[0].Units);
        }
    }

    /// <summary>Two of many cells need a recount: the one without a key and one with; they are found again by keys of every type.</summary>
    [Theory]
    [InlineData("city")]
    [InlineData("day")]
    [InlineData("seen")]
    [InlineData("\"age.60\"")]
    [InlineData("age")]
    [InlineData("fee")]
    [InlineData("dust")]
    [InlineData("region")]
    [InlineData("extract(month FROM day)")]
    [InlineData("city, day, seen, \"age.60\", age, fee, region")]
    public async Task Cells_are_found_again_by_their_keys(string keys)
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var rows = Enumerable.Range(0, 300).Select(row => (row % 6) switch
        {
            0 => $"w{row},west,,,,,,,281,{(row == 0 ? 50_000 : 1)},,,",
            1 => $"w{row},north,\"Århus, 1\",2023-11-06,2023-11-06T07:08:09Z,true,7,-9,281,{(row == 1 ? 50_000 : 1)},,1.500,",
            _ => $"w{row},{Readings.Regions[row % 2 == 0 ? 1 : 2]},c{row % 6},2023-0{(row % 6) + 1}-01,2023-05-0{row % 6}T00:00:00Z,false,{row % 6},{row % 4 * 10},281,900,,{row % 6}.250,",
        });
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        var fragment = Ask.Fragment(product, $"SELECT {keys}, SUM(units) FROM readings GROUP BY {keys}", minUnits: 3);
        var cells = (await engines[source.Engine].RunAsync(fragment, source, Token)).Cells;

        Assert.Equal(2, cells.Count(cell => cell.Totals[0].Units is { Largest: 50_000 } totals && fragment.Rules.BrokenBy(fragment.Contributions[0], totals) == ReleaseRule.PPercent));
    }

    [Fact]
    public async Task What_follows_by_subtraction_is_counted_in_every_cell()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string Row(string unit, string region, int age, int value) => $"{unit},{region},,,,,{age},{value},281,{value},,,";
        var rows = Enumerable.Range(0, 40).SelectMany(unit => new[] { Row("w" + unit, "north", 30, 100 + unit), Row("w" + unit, "south", 30, 100) })
            .Append(Row("w0", "north", 70, 300)).Append(Row("v", "north", 70, 50)).Append(Row("", "north", 70, 10)).Append(Row("", "north", 71, 10));
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        var fragment = Ask.Fragment(
            product, "SELECT region, COUNT(*), SUM(units), SUM(units) FILTER (WHERE age < 60) FROM readings GROUP BY region", rules: new Disclosure { MinUnits = 5 });
        var raw = await engines[source.Engine].RunAsync(fragment, source, Token);

        var north = raw.Cells.Single(cell => (string)cell.Key[0]! == "north").Differences!;
        Assert.Contains(north, one => one is { Contribution: < 0, Support: { Rows: 4, Units: 3 } });
        var sum = north.Single(one => one is { Contribution: >= 0, Support.Rows: 4 });
        Assert.Equal((370, new UnitTotals(370, 300, 350, 370, 350, 3, true)), (sum.Total.Gross, sum.Total.Units));
        Assert.All(raw.Cells.Single(cell => (string)cell.Key[0]! == "south").Differences!, one => Assert.Equal(40, one.Support.Rows));
    }

    [Fact]
    public async Task Rows_behind_squares_products_and_missing_values_are_counted_where_they_are_not_settled()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string Row(string unit, string city, string dust, string units) => $"{unit},north,{city},,,,,{dust},281,{units},,,";
        var rows = Enumerable.Range(0, 400).Select(unit => Row("w" + unit, "large", (unit % 2 == 0 ? -5 : 70).ToString(CultureInfo.InvariantCulture), "2"))
            .Concat([Row("a", "small", "1", "10"), Row("a", "small", "3", "-20"), Row("b", "small", "", "5"), Row("b", "small", "-4.5", ""), Row("", "small", "2", "7"), Row("", "small", "2", "")]);
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);

        var fragment = Ask.Fragment(product, "SELECT city, COUNT(*), VAR_POP(\"PM2.5\"), COVAR_POP(units, \"PM2.5\") FROM readings GROUP BY city", minUnits: 2);
        var raw = await engines[source.Engine].RunAsync(fragment, source, Token);
        int Index(params string[] columns) => fragment.Contributions.Index().First(one => one.Item.Factors.Select(factor => factor.Column).Order(StringComparer.Ordinal).SequenceEqual(columns)).Index;
        var (square, both) = (Index("PM2.5", "PM2.5"), Index("PM2.5", "units"));
        var small = raw.Cells.Single(cell => (string?)cell.Key[0] == "small");
        Assert.Equal(new RowDeviations(5, 3.5, 38.25, -4.5, 3), small.Totals[square].Units!.Rows);
        Assert.Equal((38.25, 20.25), (small.Totals[square].Units!.Gross, small.Totals[square].Units!.Largest));
        Assert.Equal((84.0, 70.0), (small.Totals[both].Units!.Gross, small.Totals[both].Units!.Largest));
        Assert.Null(small.Totals[both].Units!.Rows);
        Assert.Equal([1L, 2L], small.MissingUnits.Order());
    }

    [Fact]
    public async Task Many_rows_settle_a_variance_without_a_second_scan()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var rows = Enumerable.Range(0, 400).Select(unit => $"w{unit},north,,,,,,{(unit % 2 == 0 ? 5 : 70)},281,2,,,");
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        var fragment = Ask.Fragment(product, "SELECT VAR_POP(\"PM2.5\") FROM readings");
        var cell = Assert.Single((await engines[source.Engine].RunAsync(fragment, source, Token)).Cells);
        Assert.Contains(fragment.Contributions, contribution => contribution.Root.Count > 0);
        Assert.All(cell.Totals, total => Assert.Null(total.Units));
        Assert.All(fragment.Contributions.Index(), one => Assert.True(fragment.Rules.AreSettled(one.Item, cell.Totals[one.Index], cell.Supports[one.Item.Support], source.MagnitudeOf(one.Item), source.RowsPerUnitMax)));
    }

    [Fact]
    public async Task Largest_values_are_noted_with_the_version_and_grow_with_it()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        string File(string name, int value) => folder.Write(name, $"{ReadingsFile.Header}\nw1,north,,,,,,-{value}.5,281,{value},-{value}.25,,\n");
        var first = (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, File("a.csv", 70), EngineName, 1, null, false, ""), null, Token)).Published!;
        var second = (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, File("b.csv", 20), null, 2, first, false, ""), null, Token)).Published!;
        var unknown = (await new DatasetPublisher(engines).PublishAsync(
            new PublishRequest(product, File("c.csv", 20), null, 2, first with { Magnitudes = null }, false, ""), null, Token)).Published!;

        Assert.Equal([("Air \"temperature\" [K]", 281), ("PM2.5", 70.5), ("price", 70.25), ("units", 70.0)], first.Magnitudes!.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key, one.Value)));
        Assert.Equal(first.Magnitudes!.OrderBy(one => one.Key), second.Magnitudes!.OrderBy(one => one.Key));
        Assert.Null(unknown.Magnitudes);
    }

    protected abstract string EngineName { get; }

    protected virtual EngineSet NewEngines(ScratchFolder folder) => new(folder.File("data"), new EngineLimits(1, 500_000_000));
}
