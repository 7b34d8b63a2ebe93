using System.Globalization;
using Exchange.Protocol.Errors;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;

namespace Exchange.Client.Audit;

/// <summary>
/// Reads a log to its newest checkpoint and checks what it says of itself, in this order:
/// 1 the checkpoint is under a key of the register, 2 it is no smaller than a head seen before, 3 the hashes of its entries make its
/// root, and where they do not, which entry it is, 4 it begins with the head seen before, and where it does not, from which leaf on,
/// 5 each entry has the form of one. Reading the same log again reads only what is new.
/// </summary>
internal static class LogReader
{
    /// <summary>Most leaves of a log that is audited.</summary>
    public const long LeavesMax = 20_000_000;

    private const int BundleBytesMax = Tile.WidthMax * (2 + EntryBundle.LeafBytesMax);

    /// <summary>Goes on from where <paramref name="log"/> stands to the newest checkpoint.</summary>
    /// <param name="log">What is known; its findings grow.</param>
    /// <param name="source">Its pages.</param>
    /// <param name="keys">The log keys of the register.</param>
    /// <param name="seen">What was remembered of it; null for nothing.</param>
    /// <param name="withEntries">Entries are to be read, not hashes alone.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task ReadAsync(AuditedLog log, ILogSource source, IReadOnlyCollection<NoteVerifier> keys, SeenLog? seen, bool withEntries, CancellationToken cancellationToken)
    {
        log.Unreachable = null;
        try
        {
            // 1 and 2
            if (await HeadAsync(log, source, keys, seen, cancellationToken).ConfigureAwait(false) is not { } head)
            {
                return;
            }

            // 3 and 5
            log.HasEntries = withEntries;
            var from = log.Hashes.Size;
            if (!await HashesAsync(log, source, head, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            var root = MerkleTree.Root(log.Hashes, head.Size);
            if (root != head.Root)
            {
                await FindEntryAsync(log, source, head, from, seen, cancellationToken).ConfigureAwait(false);
            }

            // 4
            if (seen is not null)
            {
                Compare(log, seen, head, keys);
            }
        }
        catch (ExchangeException error) when (error.Reason == Reasons.Unreachable)
        {
            log.Unreachable = error.Message;
        }
    }

    /// <summary>Whether the log begins with a head that was signed; a head it contradicts is a finding, with its proof.</summary>
    /// <param name="log">As it was read.</param>
    /// <param name="note">A checkpoint of it.</param>
    /// <param name="keys">The log keys of the register.</param>
    /// <param name="whence">Where it comes from, for the sentence.</param>
    public static bool Begins(AuditedLog log, ReadOnlyMemory<byte> note, IReadOnlyCollection<NoteVerifier> keys, string whence)
    {
        if (log.Head is not { } head || Checkpoint.Open(note.Span, keys, out var other) != NoteFault.None)
        {
            return false;
        }

        if (other!.Head.Size > head.Size)
        {
            log.Find(AuditCheck.Consistency, head.Size, Invariant($"The log has {head.Size} entries, and {whence} has a checkpoint over {other.Head.Size}: its end is missing."));
            return false;
        }

        if (log.Hashes.Size < other.Head.Size || MerkleTree.Root(log.Hashes, other.Head.Size) == other.Head.Root)
        {
            return true;
        }

        log.Find(AuditCheck.Consistency, null, Invariant($"The first {other.Head.Size} entries are not those of a checkpoint that this log's key signed and {whence} has: two versions of the log were shown."));
        if (MisbehaviourProof.Between(note.ToArray(), other.Head, log.Checkpoint!, head, log.Hashes) is { } proof)
        {
            log.Proofs.Add(proof);
        }

        return false;
    }

    /// <summary>The size that a checkpoint names, unchecked; 0 when it cannot be read.</summary>
    public static long SizeOf(byte[] note)
    {
        _ = SignedNote.Open(note, [], out var opened);
        return opened is not null && Checkpoint.TryParse(opened.Text, out var checkpoint) ? checkpoint!.Head.Size : 0;
    }

    private static async Task<TreeHead?> HeadAsync(AuditedLog log, ILogSource source, IReadOnlyCollection<NoteVerifier> keys, SeenLog? seen, CancellationToken cancellationToken)
    {
        var note = await source.ReadAsync("checkpoint", Checkpoint.NoteBytesMax, cancellationToken).ConfigureAwait(false);
        if (note is null)
        {
            // Only an empty log has no checkpoint.
            if (seen is not null || log.Head is not null)
            {
                log.Find(AuditCheck.Consistency, 0, Invariant($"The log is empty, and a checkpoint over {seen?.Head.Size ?? log.Head!.Value.Size} entries was seen before."));
            }

            return null;
        }

        if (Checkpoint.Open(note, keys, out var checkpoint) != NoteFault.None)
        {
            log.Find(AuditCheck.Signature, null, "The checkpoint is not signed with a key that the register names for this log.");
            return null;
        }

        var head = checkpoint!.Head;
        if (log.Head is { } before && !IsLater(log, before, head))
        {
            return null;
        }

        if (head.Size > LeavesMax)
        {
            throw Reasons.InvalidRequest.Because($"The log of {log.Participant} has more than {LeavesMax} entries.", "Audit it with a program that works from files.");
        }

        if (seen is not null && head.Size < seen.Head.Size)
        {
            log.Find(AuditCheck.Consistency, head.Size, Invariant($"The log has {head.Size} entries, and a checkpoint over {seen.Head.Size} was seen before: its end is missing."));
        }

        (log.Head, log.Checkpoint) = (head, note);
        return head;
    }

    private static bool IsLater(AuditedLog log, TreeHead before, TreeHead head)
    {
        if (head.Size < before.Size)
        {
            log.Find(AuditCheck.Consistency, head.Size, Invariant($"The log has {head.Size} entries, and had {before.Size} before: its end is missing."));
            return false;
        }

        if (head.Size == before.Size && head.Root != before.Root)
        {
            log.Find(AuditCheck.Consistency, null, Invariant($"Two checkpoints over {head.Size} entries have different roots: two versions of the log were shown."));
            return false;
        }

        return true;
    }

    // True when a hash for each leaf was found; false with a finding.
    private static async Task<bool> HashesAsync(AuditedLog log, ILogSource source, TreeHead head, CancellationToken cancellationToken)
    {
        foreach (var tile in TilesFrom(log.Hashes.Size, head.Size))
        {
            var first = (tile.Number * Tile.WidthMax) + (log.Hashes.Size % Tile.WidthMax);
            var hashes = log.HasEntries
                ? await EntriesAsync(log, source, tile with { Level = Tile.Entries }, cancellationToken).ConfigureAwait(false)
                : await TileAsync(source, tile, cancellationToken).ConfigureAwait(false);
            if (hashes is null)
            {
                log.Find(AuditCheck.Entries, first, Invariant($"The entries from {first} on, over which a checkpoint is signed, are not there."));
                return false;
            }

            foreach (var hash in hashes.Skip((int)(log.Hashes.Size % Tile.WidthMax)))
            {
                log.Hashes.Add(hash);
            }
        }

        return true;
    }

    private static IEnumerable<Tile> TilesFrom(long known, long size)
    {
        for (var number = known / Tile.WidthMax; number * Tile.WidthMax < size; number++)
        {
            yield return new Tile(0, number, Tile.WidthIn(size, 0, number));
        }
    }

    private static async Task<IReadOnlyList<TreeHash>?> EntriesAsync(AuditedLog log, ILogSource source, Tile tile, CancellationToken cancellationToken)
    {
        if (await source.ReadAsync(tile.Path, BundleBytesMax, cancellationToken).ConfigureAwait(false) is not { } bundle
            || !EntryBundle.TryDecode(bundle, out var leaves) || leaves.Count != tile.Width)
        {
            return null;
        }

        for (var seq = log.Hashes.Size; seq < (tile.Number * Tile.WidthMax) + tile.Width; seq++)
        {
            if (LogLeaf.TryRead(log.Participant, seq, leaves[(int)(seq % Tile.WidthMax)], out var leaf) is { } wrong)
            {
                log.Find(AuditCheck.Entries, seq, Invariant($"The entry {seq} {wrong}."));
            }

            if (leaf is not null)
            {
                log.LeafList.Add(leaf);
            }
        }

        return [.. leaves.Select(leaf => TreeHash.OfLeaf(leaf.Span))];
    }

    private static async Task<IReadOnlyList<TreeHash>?> TileAsync(ILogSource source, Tile tile, CancellationToken cancellationToken) =>
        await source.ReadAsync(tile.Path, Tile.WidthMax * TreeHash.Length, cancellationToken).ConfigureAwait(false) is { } bytes && bytes.Length == tile.Width * TreeHash.Length
            ? [.. Enumerable.Range(0, tile.Width).Select(i => new TreeHash(bytes.AsSpan(i * TreeHash.Length, TreeHash.Length)))]
            : null;

    // The entries do not make the signed root: the tree's own hashes, or those remembered, say which entry is another.
    private static async Task FindEntryAsync(AuditedLog log, ILogSource source, TreeHead head, long from, SeenLog? seen, CancellationToken cancellationToken)
    {
        var found = false;
        foreach (var tile in log.HasEntries || from > 0 ? TilesFrom(0, head.Size) : [])
        {
            var hashes = await TileAsync(source, tile, cancellationToken).ConfigureAwait(false) ?? [];
            for (var i = 0; i < hashes.Count; i++)
            {
                var seq = (tile.Number * Tile.WidthMax) + i;
                if (hashes[i] != log.Hashes[seq])
                {
                    found = true;
                    log.Find(seq < from ? AuditCheck.Consistency : AuditCheck.Entries, seq, seq < from
                        ? Invariant($"The entry {seq} was another one when it was read before.")
                        : Invariant($"The entry {seq} is not the one whose hash is in the tree: it was changed after it was signed."));
                }
            }
        }

        if (!found)
        {
            var first = seen is null ? null : seen.FirstOther(log.Hashes);
            log.Find(AuditCheck.Entries, first, first is { } seq
                ? Invariant($"The entries do not make the root of the signed checkpoint; {seq} is the first that is not what it was.")
                : Invariant($"The {head.Size} entries do not make the root of the signed checkpoint."));
        }
    }

    private static void Compare(AuditedLog log, SeenLog seen, TreeHead head, IReadOnlyCollection<NoteVerifier> keys)
    {
        var isShorter = head.Size < seen.Head.Size;
        if (!isShorter && MerkleTree.Root(log.Hashes, seen.Head.Size) == seen.Head.Root)
        {
            return;
        }

        var first = seen.FirstOther(log.Hashes);
        if (isShorter && first is null)
        {
            // Only its end is missing, which is said already.
            return;
        }

        log.Find(AuditCheck.Consistency, first, first is { } seq
            ? Invariant($"The log does not begin with the {seen.Head.Size} entries of the checkpoint that was seen before: {seq} is the first that is not what it was.")
            : Invariant($"The log does not begin with the {seen.Head.Size} entries of the checkpoint that was seen before."));
        if (!isShorter && Checkpoint.Open(seen.Checkpoint, keys, out _) == NoteFault.None && MerkleTree.Root(log.Hashes, head.Size) == head.Root
            && MisbehaviourProof.Between(seen.Checkpoint, seen.Head, log.Checkpoint!, head, log.Hashes) is { } proof)
        {
            log.Proofs.Add(proof);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
