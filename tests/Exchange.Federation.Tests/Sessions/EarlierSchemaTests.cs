using Dapper;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>A home whose state was written before sums were recorded in atoms: nobody knows any more with whom its figures can be held against each other.</summary>
public sealed class EarlierSchemaTests
{
    private const string Count = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owners_that_told_sums_before_atoms_were_recorded_start_and_serve_sums_again_once_their_data_changed()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        Assert.Equal(123, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);
        foreach (var firm in secure.Firms)
        {
            await GoBackAsync(secure.Exchange[firm]);
        }

        // Whatever is asked of the same data, also what was asked before.
        foreach (var sql in (string[])[Count, "SELECT SUM(kwh) AS s FROM readings WHERE region = 'south'"])
        {
            var refused = await secure.AskAsync(sql);
            Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error.Reason, refused.Rows.Count));
            Assert.Contains("an earlier version of the owner's node", refused.Error.Message, StringComparison.Ordinal);
            Assert.Contains("when the owner's data have changed", refused.Error.Action, StringComparison.Ordinal);
        }

        await secure.RenewAsync();
        Assert.Equal(123, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);
        Assert.Equal(123, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task One_owner_of_the_earlier_schema_is_named_and_who_told_no_sum_before_serves_at_once()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await GoBackAsync(secure.Exchange["firm00"]);
        Assert.Equal(166, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);

        await GoBackAsync(secure.Exchange["firm01"]);
        var refused = await secure.AskAsync(Count);
        Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error.Reason, refused.Rows.Count));
        Assert.Contains("an earlier version", refused.Coverage.Single(part => part.ParticipantId == "firm01").Refusal.Message, StringComparison.Ordinal);

        await secure.RenewAsync();
        Assert.Equal(166, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);
    }

    // Stops a node, writes its state as the last schema before atoms had it, and starts it again.
    private static async Task GoBackAsync(TestNode node)
    {
        node.KeepPort();
        await node.StopAsync();
        var (now, earlier) = (node.Home.StateFile, node.Home.StateFile + ".earlier");
        var atoms = Array.FindIndex(Migrations.Steps, step => step.Contains("CREATE TABLE rosters(", StringComparison.Ordinal));
        using (var connection = new SqliteConnection($"Data Source={earlier};Pooling=False"))
        {
            connection.Open();
            foreach (var step in Migrations.Steps.Take(atoms))
            {
                connection.Execute(step);
            }

            connection.Execute($"PRAGMA user_version = {atoms}; PRAGMA foreign_keys = OFF;");
            connection.Execute("ATTACH @now AS present", new { now });
            foreach (var table in connection.Query<string>("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'survivor_sets'").ToList())
            {
                var columns = string.Join(", ", connection.Query<string>($"SELECT name FROM pragma_table_info('{table}', 'main')"));
                connection.Execute($"DELETE FROM main.{table}; INSERT INTO main.{table}({columns}) SELECT {columns} FROM present.{table};");
            }

            // Each survivors' set stood there with its question.
            connection.Execute("INSERT INTO survivor_sets SELECT randomblob(32), data, members, x'00', created FROM present.rosters");
        }

        foreach (var file in (string[])[now + "-wal", now + "-shm", now])
        {
            File.Delete(file);
        }

        File.Move(earlier, now);
        await node.StartAsync(Cancellation);
    }
}
