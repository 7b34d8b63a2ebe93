using Dapper;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Tests.Storage;

public sealed class StateStoreTests : IDisposable
{
    private const string Insert = "INSERT INTO log(seq, leaf) VALUES (@seq, x'00')";
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_write_that_throws_takes_back_itself_and_none_beside_it()
    {
        await using var store = StateStore.Open(_folder["state.db"]);

        var writes = Enumerable.Range(0, 50).Select(seq => store.WriteAsync(connection =>
        {
            connection.Execute(Insert, new { seq });
            return seq % 10 == 3 ? throw new InvalidDataException() : seq;
        }, Cancellation)).ToList();
        await Task.WhenAll(writes).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.All(writes.Index(), write => Assert.Equal(write.Index % 10 == 3, write.Item.IsFaulted));
        Assert.Equal(45, Count(store));
    }

    [Fact]
    public async Task Writes_that_wait_together_share_a_transaction()
    {
        await using var store = StateStore.Open(_folder["state.db"]);
        using var go = new ManualResetEventSlim();
        var begun = new TaskCompletionSource();
        var first = store.WriteAsync(_ =>
        {
            begun.SetResult();
            go.Wait(Cancellation);
        }, Cancellation);
        await begun.Task;

        // Queued while the first one holds the writer; if each had a transaction of its own, another connection would see them one by one.
        var others = Enumerable.Range(0, 100).Select(seq => store.WriteAsync(connection =>
        {
            connection.Execute(Insert, new { seq });
            return Count(store);
        }, Cancellation)).ToList();
        go.Set();
        await first;

        Assert.All(await Task.WhenAll(others), seen => Assert.Equal(0, seen));
        Assert.Equal(100, Count(store));
    }

    [Fact]
    public async Task A_body_that_ends_the_connection_fails_its_batch_and_nobody_waits_for_ever()
    {
        await using var store = StateStore.Open(_folder["state.db"]);

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => store.WriteAsync(connection => connection.Close(), Cancellation));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => store.WriteAsync(connection => connection.Execute(Insert, new { seq = 0 }), Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(0, Count(store));
    }

    [Fact]
    public async Task A_write_behind_the_end_of_the_store_is_refused()
    {
        var store = StateStore.Open(_folder["state.db"]);
        await store.DisposeAsync();

        Assert.Equal("STORAGE_FAILED", (await Assert.ThrowsAsync<ExchangeException>(() => store.WriteAsync(_ => 1, Cancellation))).Reason.Name);
    }

    [Fact]
    public async Task What_returned_is_there_after_a_crash()
    {
        await using var store = StateStore.Open(_folder["state.db"]);
        for (var seq = 0; seq < 10; seq++)
        {
            await store.WriteAsync(connection => connection.Execute(Insert, new { seq }), Cancellation);
        }

        // The files as a killed process leaves them: nothing closed, nothing checkpointed.
        Directory.CreateDirectory(_folder["crashed"]);
        foreach (var suffix in new[] { "", "-wal" })
        {
            File.Copy(_folder["state.db" + suffix], _folder["crashed/state.db" + suffix]);
        }

        await using var reopened = StateStore.Open(_folder["crashed/state.db"]);
        Assert.Equal(10, Count(reopened));
    }

    [Fact]
    public async Task A_torn_end_of_the_journal_loses_only_what_had_not_returned()
    {
        await using var store = StateStore.Open(_folder["state.db"]);
        await store.WriteAsync(connection => connection.Execute(Insert, new { seq = 0 }), Cancellation);
        var durable = new FileInfo(_folder["state.db-wal"]).Length;
        await store.WriteAsync(connection => connection.Execute(Insert, new { seq = 1 }), Cancellation);

        Directory.CreateDirectory(_folder["crashed"]);
        File.Copy(_folder["state.db"], _folder["crashed/state.db"]);
        File.Copy(_folder["state.db-wal"], _folder["crashed/state.db-wal"]);
        using (var journal = new FileStream(_folder["crashed/state.db-wal"], FileMode.Open))
        {
            journal.SetLength(durable + 100);
        }

        await using var reopened = StateStore.Open(_folder["crashed/state.db"]);
        Assert.Equal(1, Count(reopened));
    }

    [Fact]
    public async Task The_file_is_private_and_synchronous()
    {
        await using var store = StateStore.Open(_folder["state.db"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["state.db"]));
        Assert.Equal("wal", await store.WriteAsync(connection => connection.ExecuteScalar<string>("PRAGMA journal_mode")!, Cancellation));
        Assert.Equal(2, await store.WriteAsync(connection => connection.ExecuteScalar<int>("PRAGMA synchronous"), Cancellation));
    }

    [Fact]
    public void A_file_of_a_newer_program_is_refused_unread()
    {
        using (var connection = new SqliteConnection($"Data Source={_folder["state.db"]};Pooling=False"))
        {
            connection.Open();
            connection.Execute("PRAGMA user_version = 999");
        }

        Assert.Equal("STORAGE_FAILED", Assert.Throws<ExchangeException>(() => StateStore.Open(_folder["state.db"])).Reason.Name);
    }

    [Fact]
    public async Task What_was_owed_before_there_was_an_outbox_is_in_it_afterwards()
    {
        using (var connection = new SqliteConnection($"Data Source={_folder["state.db"]};Pooling=False"))
        {
            connection.Open();
            connection.Execute(Migrations.Steps[0]);
            connection.Execute("PRAGMA user_version = 1");
            foreach (var (id, unsent) in new[] { ("told", 0), ("owed", 1) })
            {
                connection.Execute(
                    "INSERT INTO agreements VALUES(@id, 'mill', 'lab', 'readings/1', 'open', 'research', 6, 1, 1, 1, @unsent, x'00')", new { id, unsent });
            }
        }

        await using var store = StateStore.Open(_folder["state.db"]);
        Assert.Equal(["owed"], store.Read(connection => connection.Query<string>("SELECT agreement FROM outbox WHERE due = 0").ToList()));
        Assert.Equal(2, store.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM agreements")));
    }

    [Fact]
    public async Task What_was_answered_before_offers_were_kept_counts_under_the_offer_of_its_agreement()
    {
        using (var connection = new SqliteConnection($"Data Source={_folder["state.db"]};Pooling=False"))
        {
            connection.Open();
            connection.Execute(Migrations.Steps[0]);
            connection.Execute(Migrations.Steps[1]);
            connection.Execute("PRAGMA user_version = 2");
            connection.Execute("INSERT INTO agreements VALUES('one', 'mill', 'lab', 'readings/1', 'open', 'research', 6, 1, 1, 1, x'00')");
            connection.Execute("INSERT INTO answered VALUES('lab', 'asked', x'00', 'one', 1, NULL), ('lab', 'orphan', x'00', 'gone', 1, NULL)");
        }

        await using var store = StateStore.Open(_folder["state.db"]);
        Assert.Equal(
            [("asked", "open", "readings/1"), ("orphan", null, null)],
            store.Read(connection => connection.Query<(string, string?, string?)>("SELECT query_id, offer, product FROM answered ORDER BY query_id").ToList()));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(_folder["state.db"], new string('x', 4096));

        Assert.Equal("STORAGE_FAILED", Assert.Throws<ExchangeException>(() => StateStore.Open(_folder["state.db"])).Reason.Name);
    }

    private static long Count(StateStore store) => store.Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM log"));
}
