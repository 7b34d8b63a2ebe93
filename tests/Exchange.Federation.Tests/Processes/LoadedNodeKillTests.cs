using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Client;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Federation.Tests.Processes;

/// <summary>
/// An owner's and an asker's node, each a process of its own, killed at random moments while questions are answered. What the
/// asker holds must be in the owner's log, each answered question must be charged once, and the tree must be that of the leaves.
/// <c>EXCHANGE_KILLS</c> says how often; the README has the command for the full number.
/// </summary>
public sealed class LoadedNodeKillTests : IAsyncDisposable
{
    private const int KillsDefault = 4;
    private const int AskersAtOnce = 4;
    private const string Sql = "SELECT month, COUNT(*), AVG(temp) FROM weather GROUP BY month";

    private static readonly TimeSpan ServesAgainWithin = TimeSpan.FromSeconds(5);

    // Only so that a hang ends.
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromMinutes(3);

    private readonly ProcessExchange _exchange = new();
    private readonly ConcurrentBag<(string QueryId, Receipt Receipt)> _held = [];
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("EXCHANGE_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : KillsDefault;

    [Fact]
    public async Task Whatever_an_asker_holds_is_in_the_log_and_charged_once_whenever_a_node_dies()
    {
        await SetUpAsync();
        var random = new Random(Kills);
        for (var kill = 0; kill < Kills; kill++)
        {
            var victim = kill % 2 == 0 ? "lga" : "lab";
            await AskUntilDeathAsync(victim, answers: random.Next(1, 12), afterwards: TimeSpan.FromMicroseconds(random.Next(30_000)));
            var started = Stopwatch.GetTimestamp();
            await _exchange.ServeAsync(victim);
            await RequireSoonAsync(Stopwatch.GetElapsedTime(started), kill);
        }

        await RequireVerifiedAsync();

        Assert.True(_held.Count >= Kills, $"{_held.Count} answers.");
        await _exchange.KillAllAsync();
        CheckOwner();
        CheckAsker();
    }

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    // A machine that is busy with other things is slow with a node that has nothing to take up, too: that is measured when it matters.
    private async Task RequireSoonAsync(TimeSpan took, int kill)
    {
        if (took < ServesAgainWithin)
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        await _exchange.ServeAsync("spare");
        var fresh = Stopwatch.GetElapsedTime(started);
        await _exchange.KillAsync("spare");
        Assert.True(took < 3 * fresh, $"After kill {kill} the node served again after {took}, and a fresh one after {fresh}.");
    }

    // What the asker's program finds of all it holds, and of its own log.
    private async Task RequireVerifiedAsync()
    {
        var verified = await _exchange.VerifyAsync("lab", "--participant", "lab", "--participant", "lga");
        Assert.True(verified.GetProperty("receipts").GetInt32() >= Math.Min(_held.Count, Client.Audit.AuditClient.AnswersMax));
        Assert.All(verified.GetProperty("unfinished").EnumerateArray(), question => Assert.Equal("lab", question.GetProperty("participant").GetString()));
    }

    // Several ask at once until so many answers came; a moment later the node dies in the middle of the others.
    private async Task AskUntilDeathAsync(string victim, int answers, TimeSpan afterwards)
    {
        using var client = ExchangeClient.Connect(_exchange.HomeOf("lab"));
        using var dead = new CancellationTokenSource();
        var remaining = answers;
        var enough = new TaskCompletionSource();
        var askers = Enumerable.Range(0, AskersAtOnce).Select(_ => Task.Run(AskAsync, _cancellation)).ToList();
        await enough.Task.WaitAsync(AnsweredWithin, _cancellation);

        // The moment is random on purpose.
        await Task.Delay(afterwards, _cancellation);
        await _exchange.KillAsync(victim);
        await dead.CancelAsync();
        await Task.WhenAll(askers);

        async Task AskAsync()
        {
            while (!dead.IsCancellationRequested)
            {
                try
                {
                    // A verified answer is one that is held, whatever dies afterwards.
                    var answer = (await client.Queries.RunAsync(new RunQueryRequest { Sql = Sql, Purpose = "research" }, dead.Token)).Response;
                    if (answer.Coverage is [{ Status: CoverageStatus.Answered } part])
                    {
                        _held.Add((answer.QueryId, part.Receipt));
                        if (Interlocked.Decrement(ref remaining) == 0)
                        {
                            enough.SetResult();
                        }
                    }
                }
                catch (Exception error) when (error is OperationCanceledException or ExchangeException { Reason.Kind: not ErrorKind.VerificationFailed })
                {
                    // The node is dying: no answer, nothing held. An answer that does not verify is another matter.
                }
            }
        }
    }

    private void CheckOwner()
    {
        using var state = OpenState("lga");
        var leaves = LeavesOf(state);
        var tree = new LeafHashes(leaves);
        var head = CheckpointOf(state, "lga");
        Assert.Equal(new TreeHead(leaves.Count, MerkleTree.Root(tree, leaves.Count)), head);
        foreach (var (_, receipt) in _held)
        {
            Assert.Equal(leaves[(int)receipt.Seq], receipt.Leaf.ToByteArray());
            Assert.True(Checkpoint.TryParse(TextOf(receipt.Checkpoint.ToByteArray()), out var seen));
            Assert.Equal(seen!.Head.Root, MerkleTree.Root(tree, seen.Head.Size));
        }

        // A charge is a row of `answered`; the leaf and it are written together or not at all.
        var logged = leaves.Select(leaf => JsonNode.Parse(leaf)!).Where(leaf => (string?)leaf["event"] == "query.answered").Select(leaf => (string)leaf["query_id"]!).Order().ToList();
        var charged = state.Query<string>("SELECT query_id FROM answered ORDER BY query_id").Order().ToList();
        Assert.Equal(charged, logged);
        Assert.Equal(charged.Distinct(), charged);
        Assert.Empty(_held.Select(one => one.QueryId).Except(charged));
    }

    private void CheckAsker()
    {
        using var state = OpenState("lab");
        var leaves = LeavesOf(state);
        Assert.Equal(new TreeHead(leaves.Count, MerkleTree.Root(new LeafHashes(leaves), leaves.Count)), CheckpointOf(state, "lab"));
        var received = leaves.Select(leaf => JsonNode.Parse(leaf)!).Where(leaf => (string?)leaf["event"] == "query.received")
            .ToDictionary(leaf => (string)leaf["query_id"]!, leaf => (string?)leaf["owners"]![0]!["leaf_hash"]);
        foreach (var (queryId, receipt) in _held)
        {
            Assert.Equal(TreeHash.OfLeaf(receipt.Leaf.Span).ToString(), received[queryId]);
        }

        // Whatever the owner answered was asked, in the asker's own log, whenever the asker died.
        var asked = leaves.Select(leaf => JsonNode.Parse(leaf)!).Where(leaf => (string?)leaf["event"] == "query.asked").Select(leaf => (string)leaf["query_id"]!).ToHashSet();
        using var owner = OpenState("lga");
        Assert.All(owner.Query<string>("SELECT query_id FROM answered"), queryId => Assert.Contains(queryId, asked));
    }

    private SqliteConnection OpenState(string home)
    {
        var connection = new SqliteConnection($"Data Source={_exchange.HomeOf(home)}/state.db;Pooling=False");
        connection.Open();
        return connection;
    }

    private static List<byte[]> LeavesOf(SqliteConnection state)
    {
        var rows = state.Query<(long Seq, byte[] Leaf)>("SELECT seq, leaf FROM log ORDER BY seq").ToList();
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(i => (long)i), rows.Select(row => row.Seq));
        return [.. rows.Select(row => row.Leaf)];
    }

    private static TreeHead CheckpointOf(SqliteConnection state, string participant)
    {
        Assert.True(Checkpoint.TryParse(TextOf(state.ExecuteScalar<byte[]>("SELECT checkpoint FROM log_head")!), out var checkpoint));
        Assert.Equal(Protocol.Naming.Identifiers.LogOriginOf(participant), checkpoint!.Origin);
        return checkpoint.Head;
    }

    private static string TextOf(byte[] note)
    {
        SignedNote.Open(note, [], out var opened);
        return opened!.Text;
    }

    private async Task SetUpAsync()
    {
        await _exchange.StartIdentityAsync();
        await _exchange.JoinAsync("lga", "enterprise");
        await _exchange.JoinAsync("lab", "institute");
        await _exchange.JoinAsync("spare", "enterprise");
        await _exchange.ServeAsync("lga");
        await _exchange.ServeAsync("lab");
        await _exchange.JsonAsync("lga", "product", "publish", "weather.yaml");
        await _exchange.JsonAsync("lga", "dataset", "publish", "weather/1", "LGA.csv");
        await _exchange.JsonAsync("lga", "offer", "set", "offer.yaml");
        await _exchange.AgreeAsync("lab", "lga", "FINALIZED");
    }

    private sealed class LeafHashes(List<byte[]> leaves) : ISubtreeHashes
    {
        private readonly List<TreeHash[]> _levels = [[.. leaves.Select(leaf => TreeHash.OfLeaf(leaf))]];

        public TreeHash Read(int height, long index)
        {
            while (_levels.Count <= height)
            {
                var below = _levels[^1];
                _levels.Add([.. Enumerable.Range(0, below.Length / 2).Select(i => TreeHash.OfNode(below[2 * i], below[(2 * i) + 1]))]);
            }

            return _levels[height][index];
        }
    }
}
