using System.Text;
using DuckDB.NET.Data;
using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.Publishing;

public sealed class DatasetPublisherTests : IAsyncDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly EngineSet _engines;
    private readonly Product _product = Readings.Product();

    public DatasetPublisherTests() => _engines = new EngineSet(_folder.File("data"), new EngineLimits(1, 500_000_000));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _engines.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Broken_rules_are_counted_with_their_first_lines_and_nothing_is_stored(string engine)
    {
        var file = _folder.Write("bad.csv", Lines(
            ReadingsFile.Header,
            "w,north,,2024-01-02,,,61,1,281,1,1.00,1,",
            "w,moon,,2024-01-02,,,61,1,281,1,1.00,1,",
            "w,moon,,,,,,,281,,,,",
            "w,north,,2024-02-30,,,130,1,281,1.5,1.005,1,",
            "w,north,,,,maybe,,nan,,,,,",
            "w,,,,,,,,1001,,,,",
            "w,north,\"two",
            "lines\",,2024-01-02T03:04:05+02:00,,,,281,,,,",
            "w,north",
            "w,north,,,2024-01-02 25:00:00,,,,281,,,,"));
        var outcome = await PublishAsync(file, engine);
        Assert.Null(outcome.Published);
        Assert.Equal(["note"], outcome.IgnoredColumns);
        var expected = new (string, string, long, long[])[]
        {
            ("region", "not in the domain", 2, [3, 4]),
            ("day", "not a date in ISO 8601", 1, [5]),
            ("age", "outside the range", 1, [5]),
            ("units", "not a whole number of 64 bits", 1, [5]),
            ("price", "not a decimal(20,2)", 1, [5]),
            ("age.60", "neither true nor false", 1, [6]),
            ("PM2.5", "not a finite number", 1, [6]),
            ("Air \"temperature\" [K]", "required, but empty", 1, [6]),
            ("region", "required, but empty", 1, [7]),
            ("Air \"temperature\" [K]", "outside the bounds", 1, [7]),
            ("", "not as many fields as the header", 1, [10]),
            ("seen", "not a moment in ISO 8601", 1, [11]),
        };
        Assert.Equal(expected.OrderBy(rule => rule.ToString()), outcome.Violations.Select(violation => (violation.Column, violation.Rule, violation.RowCount, violation.FirstLines.ToArray())).OrderBy(rule => rule.ToString()), Same);
        AssertNothingStored();

        var dropped = await PublishAsync(file, engine, drop: true);
        Assert.Equal((2, 7), (dropped.Published!.RowCount, dropped.DroppedRows));
    }

    [Fact]
    public async Task An_offset_is_taken_into_account()
    {
        var file = _folder.Write("a.csv", Lines(ReadingsFile.Header, "w,north,,,2024-01-02T03:04:05+02:00,,,,281,,,,"));
        var source = (await PublishAsync(file)).Published!;
        var raw = await _engines["duckdb"].RunAsync(Ask.Fragment(_product, "SELECT seen, COUNT(*) FROM readings GROUP BY seen"), source, Token);
        Assert.Equal((long)(new DateTime(2024, 1, 2, 1, 4, 5) - DateTime.UnixEpoch).TotalMicroseconds, raw.Cells[0].Key[0]);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task An_ambiguous_date_is_refused_with_both_readings_and_no_data(string engine)
    {
        var file = _folder.Write("a.csv", Lines(ReadingsFile.Header, "w,north,,03/04/2024,,,,,281,,,,"));
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(file, engine));
        Assert.Equal(Reasons.DateAmbiguous, refusal.Reason);
        Assert.Contains("%d/%m/%Y or %m/%d/%Y", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("03/04", refusal.Message, StringComparison.Ordinal);
        AssertNothingStored();
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_format_decides_how_a_date_is_read(string engine)
    {
        var product = Readings.Product(definition => definition.Columns.Single(column => column.Name == "day").Format = "%d/%m/%Y");
        var file = _folder.Write("a.csv", Lines(ReadingsFile.Header, "w,north,,03/04/2024,,,,,281,,,,"));
        var source = (await new DatasetPublisher(_engines).PublishAsync(new PublishRequest(product, file, engine, 1, null, false, ""), null, Token)).Published!;
        var raw = await _engines[engine].RunAsync(Ask.Fragment(product, "SELECT day, COUNT(*) FROM readings GROUP BY day"), source, Token);
        Assert.Equal((long)(new DateTime(2024, 4, 3) - DateTime.UnixEpoch).TotalDays, raw.Cells[0].Key[0]);
    }

    [Fact]
    public async Task A_missing_column_is_named_with_the_nearest_one()
    {
        var file = _folder.Write("a.csv", Lines(ReadingsFile.Header.Replace("units", "unit", StringComparison.Ordinal), "w,north,,,,,,,281,,,,"));
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(file));
        Assert.Equal(Reasons.SourceColumnMissing, refusal.Reason);
        Assert.Contains("\"units\"", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("\"unit\"", refusal.Action, StringComparison.Ordinal);
        AssertNothingStored();
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_file_that_ends_inside_quotes_is_malformed(string engine)
    {
        var file = _folder.Write("a.csv", Lines(ReadingsFile.Header, "w,north,,,,,,,281,,,,", "w,north,\"torn"));
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(file, engine));
        Assert.Equal(Reasons.SourceMalformed, refusal.Reason);
        Assert.Contains("line 3", refusal.Message, StringComparison.Ordinal);
        AssertNothingStored();
    }

    [Theory]
    [InlineData("", "SOURCE_EMPTY")]
    [InlineData(ReadingsFile.Header, "SOURCE_EMPTY")]
    public async Task A_file_without_rows_is_refused(string text, string reason)
    {
        var file = _folder.Write("a.csv", text);
        Assert.Equal(reason, (await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(file))).Reason.Name);
        AssertNothingStored();
    }

    [Fact]
    public async Task A_missing_file_is_refused() =>
        Assert.Equal(Reasons.SourceMissing, (await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(_folder.File("none.csv")))).Reason);

    [Fact]
    public async Task A_folder_is_refused_as_one()
    {
        var folder = Path.GetDirectoryName(_folder.File("none.csv"))!;
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(folder));
        Assert.Equal((Reasons.SourceMissing, true), (refusal.Reason, refusal.Message.EndsWith("is a folder.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_unknown_engine_is_refused() =>
        Assert.Equal(Reasons.EngineUnknown, (await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(_folder.Write("a.csv", ReadingsFile.Text(1)), "oracle"))).Reason);

    [Theory]
    [InlineData(";", false, "\n")]
    [InlineData("\t", false, "\r\n")]
    [InlineData(",", true, "\n")]
    [InlineData(",", true, "\r\n")]
    public async Task Delimiters_byte_order_mark_and_line_ends_are_found_out(string delimiter, bool mark, string lineEnd)
    {
        var text = string.Join(lineEnd, ReadingsFile.Header.Replace(",", delimiter, StringComparison.Ordinal), string.Join(delimiter, "w", "north", "", "", "", "", "5", "1", "281", "", "", "", ""));
        var file = _folder.File("a.csv");
        await File.WriteAllTextAsync(file, text, new UTF8Encoding(mark), Token);
        foreach (var engine in new[] { "duckdb", "sqlite" })
        {
            Assert.Equal(1, (await PublishAsync(file, engine)).Published!.RowCount);
        }
    }

    [Fact]
    public async Task A_name_with_pattern_characters_is_one_file()
    {
        var file = _folder.Write("it's [1]*?.csv", ReadingsFile.Text(3));
        _folder.Write("it's 1ab.csv", ReadingsFile.Text(5));
        Assert.Equal(3, (await PublishAsync(file)).Published!.RowCount);
    }

    [Fact]
    public async Task Text_in_GB18030_is_read_when_named_and_refused_when_not()
    {
        var file = _folder.File("a.csv");
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;
        await File.WriteAllTextAsync(file, Lines(ReadingsFile.Header, "w,north,北京,,,,,,281,,,,"), encoding, Token);
        var source = (await PublishAsync(file, encoding: "GB18030")).Published!;
        var raw = await _engines["duckdb"].RunAsync(Ask.Fragment(_product, "SELECT city, COUNT(*) FROM readings GROUP BY city"), source, Token);
        Assert.Equal("北京", raw.Cells[0].Key[0]);
        Assert.Equal(Reasons.SourceMalformed, (await Assert.ThrowsAsync<ExchangeException>(() => PublishAsync(file))).Reason);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Parquet_is_read_by_its_own_types(string engine)
    {
        var csv = _folder.Write("a.csv", ReadingsFile.Text(100));
        var parquet = _folder.File("a.parquet");
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT * REPLACE (CAST(price AS DECIMAL(20,2)) AS price, CAST(age AS DOUBLE) AS age) FROM read_csv('{csv}', all_varchar = true, nullstr = '')) TO '{parquet}' (FORMAT parquet)";
            command.ExecuteNonQuery();
        }

        var fromParquet = (await PublishAsync(parquet, engine)).Published!;
        var fromText = (await PublishAsync(csv, engine)).Published!;
        var fragment = Ask.Fragment(_product, "SELECT region, SUM(units), SUM(price), SUM(\"PM2.5\") FROM readings GROUP BY region");
        var one = (await _engines[engine].RunAsync(fragment, fromParquet, Token)).Cells.OrderBy(cell => cell.Key[0]).Select(cell => cell.States[1].Exact);
        var other = (await _engines[engine].RunAsync(fragment, fromText, Token)).Cells.OrderBy(cell => cell.Key[0]).Select(cell => cell.States[1].Exact);
        Assert.Equal(other, one);
        Assert.Equal(fromText.RowsPerUnitMax, fromParquet.RowsPerUnitMax);
    }

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task A_publication_cancelled_in_the_middle_leaves_nothing(string engine)
    {
        var file = _folder.Write("a.csv", ReadingsFile.Text(20_000));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new DatasetPublisher(_engines).PublishAsync(
            new PublishRequest(_product, file, engine, 1, null, false, ""), new CancelAt(cancellation), cancellation.Token));
        AssertNothingStored();
    }

    [Fact]
    public async Task What_a_crash_left_is_dropped()
    {
        var source = (await PublishAsync(_folder.Write("a.csv", ReadingsFile.Text(10)))).Published!;
        await File.WriteAllTextAsync(_folder.File("data/duckdb/readings_1_v2_left.duckdb"), "torn", Token);
        await _engines.DropAllButAsync(source.Parts.ToHashSet(), (source.RowHashes ?? []).ToHashSet(), Token);
        Assert.Single(Directory.GetFiles(_folder.File("data/duckdb")));
    }

    /// <summary>Cancels as soon as the reading begins.</summary>
    private sealed class CancelAt(CancellationTokenSource cancellation) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value.StartsWith("reading", StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        }
    }

    private static bool Same((string, string, long, long[]) one, (string, string, long, long[]) other) =>
        (one.Item1, one.Item2, one.Item3) == (other.Item1, other.Item2, other.Item3) && one.Item4.SequenceEqual(other.Item4);

    private static string Lines(params string[] lines) => string.Join('\n', lines) + "\n";

    private Task<PublishOutcome> PublishAsync(string file, string? engine = null, bool drop = false, string encoding = "") =>
        new DatasetPublisher(_engines).PublishAsync(new PublishRequest(_product, file, engine, 1, null, drop, encoding), null, Token);

    private void AssertNothingStored()
    {
        if (Directory.Exists(_folder.File("data")))
        {
            // The key of the row hashes is the node's and stays.
            Assert.DoesNotContain(Directory.GetFiles(_folder.File("data"), "*", SearchOption.AllDirectories), file => Path.GetFileName(file) != "rows.key");
        }
    }
}
