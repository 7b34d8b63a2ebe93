using System.Diagnostics;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Cli.Hosting;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Homes;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Benchmarks;

/// <summary>
/// The access log by itself: appends in batches against bare SQLite that commits the same rows in batches as large, a proof out of
/// a large log, and what receipts add to a joint question.
/// </summary>
internal static class LogSuite
{
    // Sixteen full transactions, waiting at once as under load.
    private const int AppendsPerRound = 4096;
    private const int BatchSize = 256;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var folder = TemporaryFolder.Create("exchange-bench-log");
        try
        {
            using var pooled = new ReadingsData(folder, 1_000_000);
            await using var cluster = await BenchCluster.StartAsync(folder, 3, pooled.Split(3), cancellationToken).ConfigureAwait(false);
            await AppendAsync(cluster.AskerHome, folder, quick ? 21 : 101, report).ConfigureAwait(false);
            await ProveAsync(folder, quick ? 1_000_000 : 10_000_000, report).ConfigureAwait(false);
            await ReceiptsAsync(cluster, folder, report, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // In turn, so that the disk is as busy for one as for the other. The rows are the leaves; the second baseline is the node's own
    // writer without a log, which shows what the log itself costs.
    private static async Task AppendAsync(string joinedHome, string folder, int batches, Action<Measurement> report)
    {
        await using var log = OpenedLog.Open(joinedHome, Path.Combine(folder, "append"));
        var leaves = log.SampleLeaves(AppendsPerRound);
        using var bare = BareSqlite(Path.Combine(folder, "bare.db"));
        report(await Measurement.TakeAsync(
            "log", "4096 appends", 1, batches,
            () => log.AppendAsync(leaves),
            "bare sqlite", () => Task.Run(() => InsertAll(bare, leaves))).ConfigureAwait(false));
        await using var plain = StateStore.Open(Path.Combine(folder, "plain.db"));
        report(await Measurement.TakeAsync(
            "log", "4096 appends", 1, batches,
            () => log.AppendAsync(leaves),
            "writer without a log", () => Task.WhenAll(leaves.Select(leaf => plain.WriteAsync(connection => InsertOne(connection, leaf))))).ConfigureAwait(false));
    }

    private static async Task ProveAsync(string folder, int entries, Action<Measurement> report)
    {
        await using var store = StateStore.Open(Path.Combine(folder, "proofs.db"));
        var tiles = new LogTiles(store);
        var edge = TreeEdge.Load(new TiledHashes(tiles, long.MaxValue), [], 0);
        var leaf = TreeHash.OfLeaf("entry"u8);
        for (var appended = 0; appended < entries;)
        {
            for (var i = 0; i < 65_536 && appended < entries; i++, appended++)
            {
                edge.Append(leaf);
            }

            await store.WriteAsync(connection =>
            {
                foreach (var (tile, hashes) in edge.Filled)
                {
                    LogTiles.Store(connection, tile, hashes);
                }
            }).ConfigureAwait(false);
            edge.Snapshot();
        }

        var tree = edge.Snapshot();
        var head = new TreeHead(entries, edge.Root());
        var random = new Random(1);
        report(await Measurement.TakeAsync(
            "log", $"proof of {entries / 1_000_000}M", 1, 201,
            () =>
            {
                var index = random.NextInt64(entries);
                return MerkleProof.IsIncluded(leaf, index, MerkleTree.InclusionProof(tree, index, entries), head) ? Task.CompletedTask : throw new InvalidOperationException("The proof does not hold.");
            },
            "one tile from sqlite", () =>
            {
                tiles.Read(new Tile(0, random.NextInt64(entries / Tile.WidthMax), Tile.WidthMax));
                return Task.CompletedTask;
            }).ConfigureAwait(false));
    }

    // What a receipt costs, taken off the whole: seal and proof at each owner, which work side by side, and the checks of all three at node and client.
    private static async Task ReceiptsAsync(BenchCluster cluster, string folder, Action<Measurement> report, CancellationToken cancellationToken)
    {
        await using var log = OpenedLog.Open(cluster.AskerHome, Path.Combine(folder, "receipts"));
        await log.AppendAsync(log.SampleLeaves(1000)).ConfigureAwait(false);
        var whole = await Measurement.TakeAsync(
            "log", "Q-b with receipts", 3, 41, () => cluster.AskAsync(ReadingsData.QueryB, cancellationToken),
            "their seal, proof, checks", () => log.EvidenceAsync(owners: 3)).ConfigureAwait(false);
        report(whole with { Baseline = "without receipts", BaselineMs = Math.Round(whole.OursMs - whole.BaselineMs, 3) });
    }

    private static SqliteConnection BareSqlite(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log(seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL)");
        return connection;
    }

    private static void InsertAll(SqliteConnection connection, IReadOnlyList<byte[]> leaves)
    {
        foreach (var batch in leaves.Chunk(BatchSize))
        {
            Insert(connection, batch);
        }
    }

    private static void InsertOne(SqliteConnection connection, byte[] leaf) =>
        connection.Execute("INSERT INTO log(leaf) VALUES(@leaf)", new { leaf });

    private static void Insert(SqliteConnection connection, IReadOnlyList<byte[]> leaves)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO log(leaf) VALUES(@leaf)";
        var parameter = command.Parameters.Add("@leaf", SqliteType.Blob);
        foreach (var leaf in leaves)
        {
            parameter.Value = leaf;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>A log of its own under the keys of a joined home.</summary>
    private sealed class OpenedLog : IAsyncDisposable
    {
        private readonly NodeIdentity _identity;
        private readonly StateStore _state;
        private readonly AccessLog _log;

        private OpenedLog(Home home)
        {
            _identity = NodeIdentity.Load(home, HomeSettings.Load(home));
            _state = StateStore.Open(home.StateFile);
            _log = new AccessLog(_state, _identity, home, TimeProvider.System);
        }

        public static OpenedLog Open(string joinedHome, string folder)
        {
            Directory.CreateDirectory(folder);
            foreach (var file in new[] { "config.yaml", "tls/cert.pem", "tls/ca.pem", "keys/signing.key", "keys/log.key", "keys/operator.pub" })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
                File.Copy(Path.Combine(joinedHome, file), Path.Combine(folder, file));
            }

            return new OpenedLog(Home.Open(folder));
        }

        public Task AppendAsync(IReadOnlyList<byte[]> leaves) => Task.WhenAll(leaves.Select(AppendOneAsync));

        public IReadOnlyList<byte[]> SampleLeaves(int count) => [.. Enumerable.Range(0, count).Select(_ => LeafOfDecision())];

        public async Task EvidenceAsync(int owners)
        {
            var started = await AppendOneAsync(LeafOfDecision()).ConfigureAwait(false);
            var receipt = _log.Prove(_log.Begin(started));
            for (var check = 0; check < 2 * owners; check++)
            {
                var proof = LogProof.From(receipt.Seq, [.. receipt.InclusionProof.Select(hash => hash.Memory)], receipt.Checkpoint.Span)!;
                if (proof.Fault(receipt.Leaf.Span, [_log.Verifier], out _) != LogProofFault.None)
                {
                    throw new InvalidOperationException("The receipt does not hold.");
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _state.DisposeAsync().ConfigureAwait(false);
            _identity.Dispose();
        }

        private Task<(long Seq, byte[] Leaf)> AppendOneAsync(byte[] bytes)
        {
            var leaf = LogLeaf.Of(bytes);
            return _state.WriteAsync(connection => _log.Append(connection, leaf));
        }

        // As a decision on a question is logged.
        private byte[] LeafOfDecision() => _log.LeafOf("query.answered", new JsonObject
        {
            ["caller"] = "lab",
            ["agreement"] = "0123456789abcdefghjkmnpqrs",
            ["query_hash"] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ["query_id"] = "0123456789abcdefghjkmnpqrs",
            ["purpose"] = "research",
            ["product"] = "readings/1",
            ["offer"] = "open-statistics",
            ["release"] = "checked",
            ["min_units"] = 10,
            ["dataset_version"] = 1,
            ["answer_hash"] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ["cells"] = 12,
            ["suppressed_cells"] = 0,
        }).Bytes;
    }
}
