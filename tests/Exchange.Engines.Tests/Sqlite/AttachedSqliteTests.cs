using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Microsoft.Data.Sqlite;

namespace Exchange.Engines.Tests.Sqlite;

/// <summary>The same suite over a table of texts that another program made, and what happens when that program writes.</summary>
public sealed class AttachedSqliteTests : QueryEngineConformance
{
    protected override string EngineName => "sqlite";

    protected override async Task<DatasetSource> PublishAsync(EngineSet engines, Product product, string file, ScratchFolder folder)
    {
        Load(file, folder.File("source.db"));
        return (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, $"sqlite:{folder.File("source.db")}#my table", null, 1, null, false, ""), null, Token)).Published!;
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("WAL")]
    public async Task A_written_table_is_refused_until_it_is_appended_again(string journal)
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = Readings.Product();
        var csv = folder.Write("a.csv", ReadingsFile.Text(50));
        Load(csv, folder.File("source.db"));
        using var writer = new SqliteConnection($"Data Source={folder.File("source.db")};Pooling=False");
        writer.Open();
        Execute(writer, $"PRAGMA journal_mode = {journal}");
        var request = new PublishRequest(product, $"sqlite:{folder.File("source.db")}#my table", null, 1, null, false, "");
        var source = (await new DatasetPublisher(engines).PublishAsync(request, null, Token)).Published!;
        var fragment = Ask.Fragment(product, "SELECT COUNT(*) FROM readings");
        Assert.True(source.Attached);
        Assert.Equal(50, (await engines["sqlite"].RunAsync(fragment, source, Token)).Cells[0].States[0].Count);

        Execute(writer, "INSERT INTO \"my table\" SELECT * FROM \"my table\" LIMIT 1");
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => engines["sqlite"].RunAsync(fragment, source, Token));
        Assert.Equal(Reasons.DatasetChanged, refusal.Reason);

        var appended = (await new DatasetPublisher(engines).PublishAsync(request with { Version = 2, Base = source }, null, Token)).Published!;
        Assert.Equal(51, (await engines["sqlite"].RunAsync(fragment, appended, Token)).Cells[0].States[0].Count);
    }

    [Fact]
    public async Task A_missing_table_is_refused()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        Load(folder.Write("a.csv", ReadingsFile.Text(5)), folder.File("source.db"));
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => new DatasetPublisher(engines).PublishAsync(
            new PublishRequest(Readings.Product(), $"sqlite:{folder.File("source.db")}#other", null, 1, null, false, ""), null, Token));
        Assert.Equal(Reasons.SourceMissing, refusal.Reason);
    }

    private static void Load(string csv, string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var text = new StreamReader(csv);
        var reader = new CsvReader(text, ',');
        var record = new List<string>();
        reader.Read(record);
        Execute(connection, $"CREATE TABLE \"my table\" ({string.Join(", ", record.Select(name => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""))})");
        Execute(connection, "BEGIN");
        while (reader.Read(record))
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = $"INSERT INTO \"my table\" VALUES ({string.Join(", ", record.Select((_, index) => "$p" + index))})";
            for (var index = 0; index < record.Count; index++)
            {
                insert.Parameters.AddWithValue("$p" + index, record[index].Length == 0 ? DBNull.Value : record[index]);
            }

            insert.ExecuteNonQuery();
        }

        Execute(connection, "COMMIT");
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
