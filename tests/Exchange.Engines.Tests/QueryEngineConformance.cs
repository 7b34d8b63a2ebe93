using System.Globalization;
using DuckDB.NET.Data;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests;

/// <summary>What every engine must do, shown on one corpus of questions against the same questions asked of plain pooled DuckDB.</summary>
public abstract class QueryEngineConformance
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
        await engines.DropAllButAsync([first.Published], Token);
        Assert.Equal(50, (await engines[EngineName].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings"), first.Published, Token)).Cells[0].States[0].Count);
        await Assert.ThrowsAsync<ExchangeException>(() => engines[EngineName].RunAsync(Ask.Fragment(product, "SELECT COUNT(*) FROM readings"), second.Published, Token));
    }

    protected abstract string EngineName { get; }

    protected virtual EngineSet NewEngines(ScratchFolder folder) => new(folder.File("data"), new EngineLimits(1, 500_000_000));
}
