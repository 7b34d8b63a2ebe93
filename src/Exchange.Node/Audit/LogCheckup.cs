using System.Globalization;
using Dapper;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Audit;

/// <summary>
/// The whole log against everything that was made of it: each stored leaf is hashed anew into a tree of its own, and that is compared
/// with the stored tiles, the newest checkpoint, the head this process signed and the heads in log-head.txt. Entries up to a head never
/// change, so they are read bit by bit while the node goes on writing. Whatever somebody put in place of bytes is read as bytes.
/// </summary>
internal sealed class LogCheckup(AccessLog log, StateStore state, Home home)
{
    /// <summary>Checks all of it, in time that grows with the log.</summary>
    /// <returns>How many entries hold.</returns>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/> with the first leaf that is wrong, or with what else is.</exception>
    public long Run(CancellationToken cancellationToken)
    {
        try
        {
            return Compare(cancellationToken);
        }
        catch (SqliteException)
        {
            throw LogFaults.Damaged("the database cannot be read.");
        }
    }

    private long Compare(CancellationToken cancellationToken)
    {
        // In this order: what is read later may only be ahead of what was read before.
        var remembered = LogHeadFile.Peek(home);
        var signed = log.Head;
        var (stored, checkpoint, count) = StoredHead();
        if (stored.Size < (signed?.Head.Size ?? 0))
        {
            throw LogFaults.RolledBack(stored.Size, signed!.Head);
        }

        if (remembered.FirstOrDefault(head => head.Size > stored.Size) is { Size: > 0 } ahead)
        {
            throw LogFaults.RolledBack(stored.Size, ahead);
        }

        if (count != stored.Size)
        {
            throw LogFaults.Damaged(Invariant($"it has {count} entries up to the last, and its checkpoint is over {stored.Size}."));
        }

        if (stored.Size == 0)
        {
            return 0;
        }

        if (Checkpoint.Open(checkpoint, [log.Verifier], out _) != NoteFault.None)
        {
            throw LogFaults.Damaged("its checkpoint is not signed with the log key of this home.");
        }

        List<TreeHead> heads = [.. remembered.Append(stored), .. signed is null ? [] : new[] { signed.Head }];
        Rebuild(stored.Size, heads.Where(head => head.Size > 0).Distinct().OrderBy(head => head.Size), signed, cancellationToken);
        return stored.Size;
    }

    private (TreeHead Head, byte[] Checkpoint, long Count) StoredHead() => state.Read(connection =>
    {
        var note = connection.ExecuteScalar<byte[]?>("SELECT CAST(checkpoint AS BLOB) FROM log_head");
        var count = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(seq) + 1, 0) FROM log");
        if (note is null)
        {
            return (new TreeHead(0, TreeHash.Empty), [], count);
        }

        _ = SignedNote.Open(note, [], out var opened);
        return opened is not null && Checkpoint.TryParse(opened.Text, out var parsed) ? (parsed!.Head, note, count) : throw LogFaults.Damaged("its checkpoint cannot be read.");
    });

    private void Rebuild(long size, IEnumerable<TreeHead> heads, LogHead? signed, CancellationToken cancellationToken)
    {
        var due = new Queue<TreeHead>(heads);
        var tree = TreeEdge.Load(new NothingStored(), [], 0);
        (Tile Tile, long Leaf)? other = null;
        for (var from = 0L; from < size; from += Tile.WidthMax)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var to = Math.Min(size, from + Tile.WidthMax);
            var leaves = state.Read(connection => connection.Query<(long Seq, byte[] Leaf)>("SELECT seq, CAST(leaf AS BLOB) FROM log WHERE seq >= @from AND seq < @to ORDER BY seq", new { from, to }).ToList());
            for (var seq = from; seq < to; seq++)
            {
                if (seq - from >= leaves.Count || leaves[(int)(seq - from)].Seq != seq)
                {
                    throw LogFaults.Damaged(Invariant($"leaf {seq} is missing."));
                }

                tree.Append(TreeHash.OfLeaf(leaves[(int)(seq - from)].Leaf));
                while (due.TryPeek(out var head) && head.Size == tree.Size)
                {
                    if (tree.Root() != due.Dequeue().Root)
                    {
                        throw (other?.Leaf ?? FirstOther(from, tree.Size, leaves, signed)) is { } leaf ? LogFaults.Damaged(Invariant($"leaf {leaf} is not the one that was signed.")) : LogFaults.Rewritten(head);
                    }
                }
            }

            other ??= FirstOther(tree.Filled);
            _ = tree.Snapshot();
        }

        // Every signed root is that of the leaves, so they are right and the tile is wrong.
        if (other is { } wrong)
        {
            throw LogFaults.Damaged(Invariant($"{wrong.Tile.Path} is missing, or has another hash than that of leaf {wrong.Leaf}."));
        }
    }

    // Full tiles are stored: the first hash that is another names the leaf, or the first leaf under it.
    private (Tile Tile, long Leaf)? FirstOther(IReadOnlyList<(Tile Tile, byte[] Hashes)> filled)
    {
        foreach (var (tile, hashes) in filled)
        {
            var stored = state.Read(connection => connection.ExecuteScalar<byte[]?>("SELECT CAST(hashes AS BLOB) FROM log_tiles WHERE level = @Level AND number = @Number", new { tile.Level, tile.Number })) ?? [];
            if (!hashes.AsSpan().SequenceEqual(stored))
            {
                var hash = Math.Min(hashes.AsSpan().CommonPrefixLength(stored), hashes.Length - 1) / TreeHash.Length;
                return (tile, ((tile.Number * Tile.WidthMax) + hash) << (tile.Level * Tile.Height));
            }
        }

        return null;
    }

    // Behind the last full tile only the running process knows the hash of each leaf.
    private static long? FirstOther(long from, long to, List<(long Seq, byte[] Leaf)> leaves, LogHead? signed)
    {
        try
        {
            for (var seq = from; signed is not null && seq < Math.Min(to, signed.Head.Size); seq++)
            {
                if (signed.Tree.Read(0, seq) != TreeHash.OfLeaf(leaves[(int)(seq - from)].Leaf))
                {
                    return seq;
                }
            }
        }
        catch (InvalidDataException)
        {
            // The tile that would tell is missing as well.
        }

        return null;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class NothingStored : ISubtreeHashes
    {
        public TreeHash Read(int height, long index) => throw new InvalidDataException("A tree that grows from nothing reads nothing back.");
    }
}
