using DuckDB.NET.Data;
using Exchange.Engines.Publishing;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Tests.Support;
using Exchange.Query.Execution;
using Microsoft.Data.Sqlite;

namespace Exchange.Engines.Tests.Publishing.RowHashes;

/// <summary>Which sources are known to have the same rows, and which are not.</summary>
public sealed class RowOverlapTests : IAsyncDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly EngineSet _engines;

    public RowOverlapTests() => _engines = new EngineSet(_folder.File("data"), new EngineLimits(1, 500_000_000));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _engines.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_same_rows_are_known_in_every_kind_of_source_and_in_any_order_of_rows_and_columns()
    {
        var csv = _folder.Write("a.csv", ReadingsFile.Text(3_000));
        var first = await PublishAsync(csv);
        Query($"COPY (SELECT * REPLACE (CAST(units AS BIGINT) AS units, CAST(\"PM2.5\" AS DOUBLE) AS \"PM2.5\", CAST(seen AS TIMESTAMP) AS seen, CAST(day AS DATE) AS day, CAST(\"age.60\" AS BOOLEAN) AS \"age.60\") FROM {Texts(csv)}) TO '{_folder.File("b.parquet")}' (FORMAT parquet)");
        Query($"COPY (SELECT COLUMNS('note|fee|units|price|city|day'), COLUMNS(c -> NOT regexp_matches(c, '^(note|fee|units|price|city|day)$')) FROM {Texts(csv)} ORDER BY price) TO '{_folder.File("c.tsv")}' (HEADER, DELIMITER '\t')");
        LoadSqlite(csv);
        foreach (var (source, engine) in new[] { (csv, "sqlite"), (_folder.File("b.parquet"), "duckdb"), (_folder.File("b.parquet"), "sqlite"), (_folder.File("c.tsv"), "duckdb"), ($"sqlite:{_folder.File("d.db")}#t", "sqlite"), ($"sqlite:{_folder.File("d.db")}#t", "duckdb") })
        {
            var overlap = await CompareAsync(first, await PublishAsync(source, engine));
            Assert.True(overlap.Same > 0.999, $"{Path.GetFileName(source)} in {engine}: {overlap}");
        }
    }

    [Fact]
    public async Task Other_rows_are_not()
    {
        var overlap = await CompareAsync(await PublishAsync(_folder.Write("a.csv", ReadingsFile.Text(3_000))), await PublishAsync(_folder.Write("b.csv", ReadingsFile.Text(3_000, seed: 77))));
        Assert.Equal(new RowOverlap(0, 0), overlap);
    }

    [Theory]
    [InlineData("* EXCLUDE (note)", "a column that the product leaves out is gone")]
    [InlineData("*, uuid() AS exported", "there is one more")]
    [InlineData("* REPLACE (round(random() * 1000) AS units)", "one has other values")]
    [InlineData("* REPLACE (note || '!' AS note)", "one was rewritten")]
    public async Task Rows_are_the_same_but_for_one_column(string columns, string how)
    {
        var csv = _folder.Write("a.csv", ReadingsFile.Text(20_000));
        Query($"COPY (SELECT {columns} FROM {Texts(csv)} ORDER BY random()) TO '{_folder.File("b.csv")}' (HEADER)");
        var overlap = await CompareAsync(await PublishAsync(csv), await PublishAsync(_folder.File("b.csv")));
        Assert.True(overlap is { Same: < 0.01, Near: > 0.99 }, $"{how}: {overlap}");
    }

    [Fact]
    public async Task Two_changed_columns_make_other_rows()
    {
        var csv = _folder.Write("a.csv", ReadingsFile.Text(3_000));
        Query($"COPY (SELECT * REPLACE (uuid() AS note, uuid() AS city) FROM {Texts(csv)}) TO '{_folder.File("b.csv")}' (HEADER)");
        Assert.Equal(new RowOverlap(0, 0), await CompareAsync(await PublishAsync(csv), await PublishAsync(_folder.File("b.csv"))));
    }

    [Fact]
    public async Task A_few_rows_among_many_others_are_a_share_of_the_few()
    {
        var many = ReadingsFile.Text(5_000);
        var few = string.Join('\n', many.Split('\n').Take(101)) + "\n" + string.Join('\n', ReadingsFile.Text(300, seed: 9).Split('\n').Skip(1));
        var overlap = await CompareAsync(await PublishAsync(_folder.Write("few.csv", few)), await PublishAsync(_folder.Write("many.csv", many)));
        Assert.Equal(0.25, overlap.Same, 0.0001);
    }

    [Fact]
    public async Task Rows_that_hardly_differ_are_not_taken_for_the_same_but_for_one_column()
    {
        string Rows(int seed) => string.Join('\n', Enumerable.Range(0, 400).Select(i => $",{Readings.Regions[i % 4]},,,,,,,281,{seed + i},,,"));
        var first = await PublishAsync(_folder.Write("a.csv", ReadingsFile.Header + "\n" + Rows(0) + "\n"));
        var overlap = await CompareAsync(first, await PublishAsync(_folder.Write("b.csv", ReadingsFile.Header + "\n" + Rows(5_000) + "\n")));
        Assert.Equal(new RowOverlap(0, 0), overlap);
    }

    [Fact]
    public async Task Hashes_and_their_key_are_the_owners_alone_and_go_with_a_version_that_is_not_on_record()
    {
        var (kept, gone) = (await PublishAsync(_folder.Write("a.csv", ReadingsFile.Text(50))), await PublishAsync(_folder.Write("b.csv", ReadingsFile.Text(50, seed: 2))));
        var rows = Directory.GetFiles(_folder.File("data/rows"));
        Assert.Equal(3, rows.Length);
        Assert.All(rows, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        await _engines.DropAllButAsync(kept.Parts.ToHashSet(), (kept.RowHashes ?? []).ToHashSet(), Token);
        Assert.Equal(["rows.key", kept.RowHashes![0] + ".hashes"], Directory.GetFiles(_folder.File("data/rows")).Select(Path.GetFileName).Order(StringComparer.Ordinal).OrderBy(name => name != "rows.key"));
        Assert.DoesNotContain(gone.RowHashes![0], string.Join(' ', Directory.GetFiles(_folder.File("data/rows"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Appended_parts_count_together_and_what_is_not_kept_leaves_nothing()
    {
        var first = await PublishAsync(_folder.Write("a.csv", ReadingsFile.Text(100)));
        var second = (await new DatasetPublisher(_engines).PublishAsync(new PublishRequest(Readings.Product(), _folder.Write("b.csv", ReadingsFile.Text(100, seed: 5)), null, 2, first, false, ""), null, Token)).Published!;
        Assert.Equal(2, second.RowHashes!.Count);
        Assert.Equal(1.0, (await CompareAsync(second, first)).Same);

        _engines.Discard(second, first);
        Assert.Equal(first.RowHashes![0] + ".hashes", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder.File("data/rows"), "*.hashes"))));
        Assert.Single(Directory.GetFiles(_folder.File("data/duckdb")));
    }

    private async Task<DatasetSource> PublishAsync(string source, string engine = "duckdb") =>
        (await new DatasetPublisher(_engines).PublishAsync(new PublishRequest(Readings.Product(), source, engine, 1, null, false, ""), null, Token)).Published!;

    private Task<RowOverlap> CompareAsync(DatasetSource one, DatasetSource other) => _engines.CompareRowsAsync([.. one.RowHashes!], [.. other.RowHashes!], Token);

    private static string Texts(string csv) => $"read_csv('{csv}', all_varchar = true, nullstr = '')";

    private static void Query(string text)
    {
        using var duckDb = new DuckDBConnection("DataSource=:memory:");
        duckDb.Open();
        using var command = duckDb.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private void LoadSqlite(string csv)
    {
        var rows = new List<List<string>>();
        var reader = new CsvReader(new StreamReader(csv), ',');
        for (var record = new List<string>(); reader.Read(record); record = [])
        {
            rows.Add(record);
        }

        using var connection = new SqliteConnection($"Data Source={_folder.File("d.db")};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        // Affinities turn texts into numbers where they are numbers.
        command.CommandText = $"CREATE TABLE t({string.Join(", ", rows[0].Select(name => $"\"{name.Replace("\"", "\"\"")}\" {(name is "units" or "age" ? "INTEGER" : name.StartsWith("PM", StringComparison.Ordinal) || name.StartsWith("Air", StringComparison.Ordinal) ? "REAL" : "TEXT")}"))})";
        command.ExecuteNonQuery();
        command.CommandText = $"INSERT INTO t VALUES({string.Join(", ", rows[0].Select((_, i) => $"$p{i}"))})";
        foreach (var row in rows.Skip(1))
        {
            command.Parameters.Clear();
            for (var i = 0; i < row.Count; i++)
            {
                command.Parameters.AddWithValue($"$p{i}", row[i].Length == 0 ? DBNull.Value : row[i]);
            }

            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }
}
