using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Signing;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Audit;

public sealed class AccessLogTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero));
    private StateStore _state = null!;
    private NodeIdentity _identity = null!;
    private AccessLog _log = null!;
    private Home _home = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _home = TestHome.Create(_folder["home"], "mill");
        _identity = NodeIdentity.Load(_home, HomeSettings.Load(_home));
        Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _identity.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Leaves_are_numbered_from_zero_without_gaps_whoever_writes_at_once()
    {
        var entries = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AppendAsync("query.answered", new JsonObject { ["query_id"] = $"{i}" })));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), entries.Select(entry => entry.Seq).Order());
    }

    [Fact]
    public async Task A_leaf_is_canonical_json_of_event_participant_and_time()
    {
        var (seq, leaf) = await AppendAsync("offer.set", new JsonObject { ["offer"] = "open" });

        Assert.Equal(0, seq);
        Assert.Equal("""{"event":"offer.set","offer":"open","participant":"mill","time":"2031-02-03T04:05:06.789000Z","v":1}""", Encoding.UTF8.GetString(leaf));
    }

    [Fact]
    public async Task A_refused_write_leaves_no_leaf_and_uses_no_number()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _state.WriteAsync(connection =>
        {
            _log.Append(connection, "offer.set", new JsonObject());
            throw new InvalidOperationException();
        }, Cancellation));

        Assert.Equal(0, (await AppendAsync("offer.set", new JsonObject())).Seq);
    }

    [Fact]
    public async Task A_leaf_of_64_KiB_is_refused_and_one_under_it_is_kept()
    {
        var bare = (await AppendAsync("x", new JsonObject { ["pad"] = "" })).Leaf.Length;

        Assert.Equal(EntryBundle.LeafBytesMax, (await AppendAsync("x", new JsonObject { ["pad"] = new string('p', EntryBundle.LeafBytesMax - bare) })).Leaf.Length);
        await Assert.ThrowsAsync<InvalidOperationException>(() => AppendAsync("x", new JsonObject { ["pad"] = new string('p', EntryBundle.LeafBytesMax - bare + 1) }));
    }

    [Fact]
    public async Task A_receipt_verifies_under_the_log_key_for_its_leaf_and_position_alone()
    {
        var receipts = new List<Receipt>();
        for (var i = 0; i < 300; i++)
        {
            receipts.Add(_log.Prove(_log.Begin(await AppendAsync("query.refused", new JsonObject { ["query_id"] = $"{i}" }))));
        }

        foreach (var receipt in receipts)
        {
            Assert.Equal(_identity.LogKey.KeyId, receipt.KeyId);
            Assert.Equal(LogProofFault.None, FaultOf(receipt));
            receipt.Seq++;
            Assert.NotEqual(LogProofFault.None, FaultOf(receipt));
        }
    }

    [Fact]
    public async Task Every_transaction_has_a_checkpoint_and_each_begins_with_the_one_before()
    {
        TreeHead? before = null;
        for (var batch = 0; batch < 20; batch++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1 + (batch * 7)).Select(i => AppendAsync("query.answered", new JsonObject { ["query_id"] = $"{batch}-{i}" })));
            Assert.Equal(NoteFault.None, Checkpoint.Open(_log.Head!.Checkpoint, [_log.Verifier], out var checkpoint));
            Assert.Equal(_log.Head.Head, checkpoint!.Head);
            Assert.True(before is null || MerkleProof.IsConsistent(before.Value, checkpoint.Head, MerkleTree.ConsistencyProof(_log.Head.Tree, before.Value.Size, checkpoint.Head.Size)));
            before = checkpoint.Head;
        }
    }

    [Fact]
    public async Task A_refused_write_among_others_leaves_the_tree_of_the_leaves_that_are_there()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _state.WriteAsync(connection =>
        {
            _log.Append(connection, "offer.set", new JsonObject { ["offer"] = $"{i}" });
            return i % 3 == 0 ? throw new InvalidOperationException() : i;
        }, Cancellation))).ContinueWith(_ => { }, TaskScheduler.Default);

        var leaves = Leaves();
        Assert.Equal(133, leaves.Count);
        Assert.Equal(new TreeHead(133, RootOf(leaves)), _log.Head!.Head);
    }

    /// <summary>Writes that wait together run as one transaction; one of them fails, so all run again, each in a savepoint. What the first run counted must not count.</summary>
    [Fact]
    public async Task Positions_after_a_batch_that_ran_again_are_those_of_the_stored_leaves_and_of_the_tree()
    {
        await AppendAsync("offer.set", new JsonObject { ["offer"] = "before" });
        for (var round = 0; round < 3; round++)
        {
            using var go = new ManualResetEventSlim();
            var begun = new TaskCompletionSource();
            var holding = _state.WriteAsync(_ =>
            {
                begun.TrySetResult();
                go.Wait(Cancellation);
            }, Cancellation);
            await begun.Task;
            var runs = new int[200];
            var writes = Enumerable.Range(0, runs.Length).Select(i => _state.WriteAsync(connection =>
            {
                runs[i]++;
                List<(long Seq, byte[] Leaf)> entries = [.. Enumerable.Range(0, 1 + (i % 3)).Select(part => _log.Append(connection, "offer.set", new JsonObject { ["offer"] = $"{round} {i} {part} {runs[i]}" }))];
                return i % 7 == 6 ? throw new InvalidDataException() : entries;
            }, Cancellation)).ToList();
            go.Set();
            await holding;
            await Task.WhenAll(writes).ContinueWith(_ => { }, TaskScheduler.Default);

            Assert.All(writes.Index(), write => Assert.Equal(write.Index % 7 == 6, write.Item.IsFaulted));
            Assert.Contains(2, runs);
            var leaves = Leaves();
            Assert.Equal(new TreeHead(leaves.Count, RootOf(leaves)), _log.Head!.Head);
            foreach (var (seq, leaf) in writes.Where(write => write.IsCompletedSuccessfully).SelectMany(write => write.Result))
            {
                Assert.Equal(leaves[(int)seq], leaf);
                Assert.Equal(LogProofFault.None, FaultOf(_log.Prove(_log.Begin((seq, leaf)))));
            }

            Assert.Equal(writes.Where(write => write.IsCompletedSuccessfully).Sum(write => write.Result.Count) * (round + 1) + 1, leaves.Count);
        }

        await ReopenAsync();
        Assert.Equal(new TreeHead(Leaves().Count, RootOf(Leaves())), _log.Head!.Head);
    }

    [Fact]
    public async Task A_log_of_a_version_without_checkpoints_becomes_the_tree_as_it_is()
    {
        await Task.WhenAll(Enumerable.Range(0, 700).Select(i => AppendAsync("offer.set", new JsonObject { ["offer"] = $"{i}" })));
        var head = _log.Head!.Head;
        await _state.WriteAsync(connection => connection.Execute("DELETE FROM log_head; DELETE FROM log_tiles"), Cancellation);

        await ReopenAsync();

        Assert.Equal(head, _log.Head!.Head);
        Assert.Equal(700, (await AppendAsync("offer.set", new JsonObject())).Seq);
        Assert.Equal(RootOf(Leaves()), _log.Head.Head.Root);
    }

    [Fact]
    public async Task An_opened_log_goes_on_where_it_was_closed()
    {
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 150).Select(i => AppendAsync("offer.set", new JsonObject { ["offer"] = $"{round} {i}" })));
            await ReopenAsync();
            Assert.Equal(new TreeHead((round + 1) * 150, RootOf(Leaves())), _log.Head!.Head);
        }
    }

    [Fact]
    public async Task A_database_put_back_to_an_earlier_state_is_not_signed_again()
    {
        await AppendAsync("offer.set", new JsonObject());
        await CloseAsync();
        File.Copy(_home.StateFile, _folder["backup.db"]);
        Open();
        await AppendAsync("query.answered", new JsonObject());
        await CloseAsync();
        File.Copy(_folder["backup.db"], _home.StateFile, overwrite: true);

        await RefusedAsync("earlier state");

        // The control: without the memory outside the database nothing is noticed, and the second entry is written anew.
        File.Delete(_home.LogHeadFile);
        Open();
        Assert.Equal(1, (await AppendAsync("query.refused", new JsonObject())).Seq);
    }

    [Fact]
    public async Task A_restored_database_that_has_grown_again_is_recognised_by_its_root()
    {
        await AppendAsync("offer.set", new JsonObject());
        await CloseAsync();
        File.Copy(_home.StateFile, _folder["backup.db"]);
        var copy = File.ReadAllBytes(_home.LogHeadFile);
        Open();
        await AppendAsync("query.answered", new JsonObject());
        await CloseAsync();
        var seen = File.ReadAllBytes(_home.LogHeadFile);
        File.Copy(_folder["backup.db"], _home.StateFile, overwrite: true);
        File.WriteAllBytes(_home.LogHeadFile, copy);
        Open();
        await AppendAsync("query.refused", new JsonObject());
        await AppendAsync("query.refused", new JsonObject());
        await CloseAsync();
        File.WriteAllBytes(_home.LogHeadFile, seen);

        await RefusedAsync("not those over which a checkpoint was signed");
    }

    [Theory]
    [InlineData("UPDATE log SET leaf = x'00' WHERE seq = 290")]
    [InlineData("UPDATE log SET leaf = (SELECT leaf FROM log WHERE seq = 290) WHERE seq = 291")]
    [InlineData("DELETE FROM log WHERE seq = 290")]
    [InlineData("DELETE FROM log WHERE seq >= 290")]
    [InlineData("DELETE FROM log WHERE seq >= 290; UPDATE log_head SET size = 290")]
    [InlineData("UPDATE log_tiles SET hashes = zeroblob(8192)")]
    [InlineData("DELETE FROM log_tiles")]
    [InlineData("INSERT INTO log(seq, leaf) VALUES(300, x'00')")]
    [InlineData("UPDATE log SET leaf = x'00' WHERE seq = 3; DELETE FROM log_head; DELETE FROM log_tiles")]
    public async Task A_log_that_was_changed_on_disk_is_not_signed_again(string change)
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => AppendAsync("offer.set", new JsonObject { ["offer"] = $"{i}" })));
        await _state.WriteAsync(connection => connection.Execute(change), Cancellation);
        await CloseAsync();

        await RefusedAsync("access log");
    }

    [Fact]
    public async Task A_log_is_not_signed_on_with_another_key()
    {
        await AppendAsync("offer.set", new JsonObject());
        await CloseAsync();
        using var key = SigningKey.Create();
        _home.WritePrivate(_home.LogKeyFile, key.ExportSeed());
        _identity.Dispose();
        _identity = NodeIdentity.Load(_home, HomeSettings.Load(_home));

        await RefusedAsync("not signed with the log key");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task A_head_file_without_a_head_stops_the_node(string content)
    {
        await AppendAsync("offer.set", new JsonObject());
        await CloseAsync();
        File.WriteAllText(_home.LogHeadFile, content);

        await RefusedAsync("log-head.txt");
    }

    [Fact]
    public async Task A_torn_line_of_the_head_file_leaves_the_one_before()
    {
        await AppendAsync("offer.set", new JsonObject());
        await AppendAsync("offer.set", new JsonObject());
        await CloseAsync();
        var bytes = File.ReadAllBytes(_home.LogHeadFile);
        bytes[System.Text.Encoding.ASCII.GetString(bytes).IndexOf("2 ", StringComparison.Ordinal) / 128 * 128 + 20] ^= 1;
        File.WriteAllBytes(_home.LogHeadFile, bytes);

        Open();
        Assert.Equal(2, _log.Head!.Head.Size);
    }

    private async Task RefusedAsync(string words)
    {
        await using var state = StateStore.Open(_home.StateFile);
        var error = Assert.Throws<ExchangeException>(() => new AccessLog(state, _identity, _home, _clock));
        Assert.Equal(Reasons.LogTampered, error.Reason);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private LogProofFault? FaultOf(Receipt receipt) => LogProof.From(receipt.Seq, [.. receipt.InclusionProof.Select(hash => hash.Memory)], receipt.Checkpoint.Span)?.Fault(receipt.Leaf.Span, [_log.Verifier], out _);

    private List<byte[]> Leaves() => _state.Read(connection => connection.Query<byte[]>("SELECT leaf FROM log ORDER BY seq").ToList());

    private static TreeHash RootOf(List<byte[]> leaves)
    {
        var hashes = leaves.Select(leaf => TreeHash.OfLeaf(leaf)).ToList();
        return Root(0, hashes.Count);

        TreeHash Root(int from, int size)
        {
            var half = size == 1 ? 0 : 1 << System.Numerics.BitOperations.Log2((uint)size - 1);
            return size == 1 ? hashes[from] : TreeHash.OfNode(Root(from, half), Root(from + half, size - half));
        }
    }

    private void Open()
    {
        _state = StateStore.Open(_home.StateFile);
        _log = new AccessLog(_state, _identity, _home, _clock);
    }

    private Task CloseAsync() => _state.DisposeAsync().AsTask();

    private async Task ReopenAsync()
    {
        await CloseAsync();
        Open();
    }

    private Task<(long Seq, byte[] Leaf)> AppendAsync(string what, JsonObject details) => _state.WriteAsync(connection => _log.Append(connection, what, details), Cancellation);
}
