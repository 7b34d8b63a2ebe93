using Dapper;
using Exchange.Node.Audit;
using Exchange.Protocol.Homes;
using Exchange.Tests.Support;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Audit;

/// <summary>What a running node's owner learns of its own log when somebody was at its files.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly AuditExchange _exchange = new();

    private Home Home => _exchange.Exchange["alpha"].Home;

    private TreeHead Head => _exchange.Exchange["alpha"].Host.Services.GetRequiredService<AccessLog>().Head!.Head;

    public async ValueTask InitializeAsync()
    {
        await _exchange.InitializeAsync();
        await _exchange.GrowAsync("alpha", 600);
    }

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task Every_change_of_leaves_tiles_and_heads_is_said_with_the_leaf_and_exit_code_5()
    {
        await RequireSoundAsync();
        var size = Head.Size;
        await RequireDamagedAsync("UPDATE log SET leaf = x'00' WHERE seq = 300", "leaf 300 is not the one that was signed");
        await RequireDamagedAsync($"UPDATE log SET leaf = x'00' WHERE seq = {size - 2}", $"leaf {size - 2} is not the one that was signed");
        await RequireDamagedAsync("UPDATE log SET leaf = (SELECT leaf FROM log WHERE seq = 8) WHERE seq = 7", "leaf 7 is not the one that was signed");
        await RequireDamagedAsync("DELETE FROM log WHERE seq = 5", "leaf 5 is missing");
        await RequireDamagedAsync($"DELETE FROM log WHERE seq >= {size - 3}", $"has {size - 3} entries up to the last, and its checkpoint is over {size}");
        await RequireDamagedAsync($"INSERT INTO log(seq, leaf) VALUES({size}, x'00')", $"has {size + 1} entries up to the last, and its checkpoint is over {size}");
        await RequireDamagedAsync("UPDATE log_tiles SET hashes = CAST(substr(hashes, 1, 224) || zeroblob(7968) AS BLOB) WHERE number = 1", "tile/0/001 is missing, or has another hash than that of leaf 263");
        await RequireDamagedAsync("DELETE FROM log_tiles WHERE number = 0", "tile/0/000 is missing");
        await RequireDamagedAsync("UPDATE log_head SET checkpoint = x'00'", "its checkpoint cannot be read");
        await RequireDamagedAsync("UPDATE log_head SET checkpoint = replace(CAST(checkpoint AS TEXT), char(10) || '\u2014 alpha', char(10) || '\u2014 beta')", "its checkpoint is not signed with the log key");
        await RequireDamagedAsync("DELETE FROM log_head", "the database is an earlier state of itself");
        await RequireSoundAsync();
    }

    [Fact]
    public async Task A_head_file_that_remembers_another_past_or_nothing_is_found()
    {
        await RequireSoundAsync();
        var before = await File.ReadAllBytesAsync(Home.LogHeadFile, TestContext.Current.CancellationToken);
        foreach (var (content, words) in new[]
        {
            (Remembering(Head with { Root = TreeHash.OfLeaf("another"u8) }), $"The first {Head.Size} entries of the access log are not those over which a checkpoint was signed"),
            (Remembering(Head with { Size = Head.Size + 1 }), "the database is an earlier state of itself"),
            ([], "log-head.txt"),
        })
        {
            await File.WriteAllBytesAsync(Home.LogHeadFile, content, TestContext.Current.CancellationToken);
            await RequireFoundAsync(words);
        }

        await File.WriteAllBytesAsync(Home.LogHeadFile, before, TestContext.Current.CancellationToken);
        await RequireSoundAsync();
    }

    private byte[] Remembering(TreeHead head)
    {
        var other = TestHome.Create(_exchange.Exchange.PathOf($"other-{head.Root}-{head.Size}"), "alpha");
        using (var file = LogHeadFile.Open(other))
        {
            file.Write(head);
        }

        return File.ReadAllBytes(other.LogHeadFile);
    }

    private async Task RequireSoundAsync()
    {
        var (exitCode, found, error) = await _exchange.RunAsync("alpha", "doctor");
        var check = found["checks"]!.AsArray().Single(check => (string?)check!["check"] == "access log")!;
        Assert.True((string)check["result"]! == "ok", error + found.ToJsonString());
        Assert.Contains($"{Head.Size} entries", (string)check["message"]!, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private async Task RequireDamagedAsync(string crime, string words)
    {
        using var state = new SqliteConnection($"Data Source={Home.StateFile};Pooling=False");
        state.Open();
        string[] tables = ["log", "log_tiles", "log_head"];
        state.Execute(string.Concat(tables.Select(table => $"CREATE TEMP TABLE saved_{table} AS SELECT * FROM main.{table};")));
        Assert.NotEqual(0, state.Execute(crime));
        await RequireFoundAsync(words);
        state.Execute("BEGIN;" + string.Concat(tables.Select(table => $"DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM saved_{table};")) + "COMMIT");
    }

    private async Task RequireFoundAsync(string words)
    {
        var (exitCode, found, _) = await _exchange.RunAsync("alpha", "doctor");
        var check = found["checks"]!.AsArray().Single(check => (string?)check!["check"] == "access log")!;
        Assert.Equal((5, "failed"), (exitCode, (string)check["result"]!));
        Assert.Contains(words, (string)check["message"]!, StringComparison.Ordinal);
        Assert.NotEmpty((string)check["action"]!);
    }
}
