using Dapper;
using Exchange.Node.Storage;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Audit;

/// <summary>How the log's tree stands in the node's state, and what must hold of it before anything is signed again.</summary>
internal static class LogOpening
{
    /// <summary>Takes up what is stored: leaves, tiles and head must belong together and the head must be under this key.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>LOG_TAMPERED</c>.</exception>
    public static (TreeEdge Edge, LogHead? Head) Open(StateStore state, NoteSigner signer, ISubtreeHashes full)
    {
        var (size, stored) = state.Read(connection => (
            connection.ExecuteScalar<long>("SELECT COALESCE(MAX(seq) + 1, 0) FROM log"),
            connection.QuerySingleOrDefault<StoredHead>("SELECT size, checkpoint FROM log_head")));
        if (stored is null)
        {
            return size == 0 ? (TreeEdge.Load(full, [], 0), null) : Build(state, signer, full);
        }

        if (size != stored.Size)
        {
            throw LogFaults.Damaged(size < stored.Size ? "entries at its end are missing." : "there are entries that no checkpoint covers.");
        }

        var edge = Load(state, full, size);
        if (Checkpoint.Open(stored.Checkpoint, [signer.Verifier], out var checkpoint) != NoteFault.None)
        {
            throw LogFaults.Damaged("its checkpoint is not signed with the log key of this home.");
        }

        return checkpoint!.Head == new TreeHead(size, edge.Root())
            ? (edge, new LogHead(checkpoint.Head, edge.Snapshot(), stored.Checkpoint))
            : throw LogFaults.Rewritten(checkpoint.Head);
    }

    /// <summary>Writes what became full and the head over all of it, inside the transaction of the leaves.</summary>
    public static SignedHead Store(SqliteConnection connection, TreeEdge edge, IReadOnlyList<NoteSigner> signers)
    {
        var head = new TreeHead(edge.Size, edge.Root());
        var checkpoint = new Checkpoint(signers[0].Verifier.Key.Name, head).Sign(signers);
        foreach (var (tile, hashes) in edge.Filled)
        {
            LogTiles.Store(connection, tile, hashes);
        }

        connection.ExecutePrepared(
            "INSERT INTO log_head(id, size, checkpoint) VALUES(0, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint", edge.Size, checkpoint);
        return new SignedHead(head, checkpoint);
    }

    private static TreeEdge Load(StateStore state, ISubtreeHashes full, long size)
    {
        var last = state.Read(connection => connection.Query<byte[]>("SELECT leaf FROM log WHERE seq >= @from ORDER BY seq", new { from = size - (size % Tile.WidthMax) }).ToList());
        try
        {
            return TreeEdge.Load(full, [.. last.Select(leaf => TreeHash.OfLeaf(leaf))], size);
        }
        catch (InvalidDataException error)
        {
            throw LogFaults.Damaged(error.Message);
        }
    }

    // A log of a version without checkpoints: its leaves are the tree's, in one transaction.
    private static (TreeEdge Edge, LogHead? Head) Build(StateStore state, NoteSigner signer, ISubtreeHashes full)
    {
        var edge = TreeEdge.Load(full, [], 0);
        var signed = state.WriteAtStart(connection =>
        {
            foreach (var leaf in connection.Query<byte[]>("SELECT leaf FROM log ORDER BY seq", buffered: false))
            {
                edge.Append(TreeHash.OfLeaf(leaf));
            }

            return Store(connection, edge, [signer]);
        });
        return (edge, new LogHead(signed.Head, edge.Snapshot(), signed.Checkpoint));
    }

    private sealed class StoredHead
    {
        public long Size { get; init; }

        public required byte[] Checkpoint { get; init; }
    }
}

/// <summary>A head that is signed and in the transaction under way.</summary>
/// <param name="Head">Size and root.</param>
/// <param name="Checkpoint">The signed note.</param>
internal sealed record SignedHead(TreeHead Head, byte[] Checkpoint);
