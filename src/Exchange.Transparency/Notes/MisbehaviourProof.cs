using System.Text;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Notes;

/// <summary>
/// Shows anybody that a log's key signed two heads that cannot both be of one append-only log. Two heads of one size with different
/// roots need nothing more; of two sizes, hashes lead from nodes of the later tree to its root and at the same time to what its
/// beginning's root is, which is not the one that was signed. Whoever could make such hashes for an honest log could find collisions of SHA-256.
/// </summary>
/// <param name="Earlier">The checkpoint over fewer leaves, or as many.</param>
/// <param name="Later">The other one.</param>
/// <param name="Path">See <see cref="MerkleProof.RootsOf"/>; empty for two heads of one size.</param>
public sealed record MisbehaviourProof(byte[] Earlier, byte[] Later, IReadOnlyList<TreeHash> Path)
{
    /// <summary>Longest text that is read, in characters.</summary>
    public const int TextLengthMax = 160 * 1024;

    private const string Header = "exchange/log-misbehaviour/v1";

    /// <summary>The proof that the later tree does not begin with the earlier head; null when it does.</summary>
    /// <param name="earlier">A signed checkpoint.</param>
    /// <param name="earlierHead">What it says.</param>
    /// <param name="later">A signed checkpoint over at least as many leaves.</param>
    /// <param name="laterHead">What it says.</param>
    /// <param name="hashes">Of the later tree.</param>
    public static MisbehaviourProof? Between(byte[] earlier, TreeHead earlierHead, byte[] later, TreeHead laterHead, ISubtreeHashes hashes)
    {
        if (earlierHead.Size == laterHead.Size)
        {
            return earlierHead.Root == laterHead.Root ? null : new MisbehaviourProof(earlier, later, []);
        }

        var root = MerkleTree.Root(hashes, earlierHead.Size);
        var proof = MerkleTree.ConsistencyProof(hashes, earlierHead.Size, laterHead.Size);
        return root == earlierHead.Root ? null : new MisbehaviourProof(earlier, later, long.IsPow2(earlierHead.Size) ? [root, .. proof] : proof);
    }

    /// <summary>Whether it is one, against the keys of the log.</summary>
    public bool Holds(IReadOnlyCollection<NoteVerifier> log)
    {
        if (Checkpoint.Open(Earlier, log, out var earlier) != NoteFault.None || Checkpoint.Open(Later, log, out var later) != NoteFault.None || earlier!.Origin != later!.Origin)
        {
            return false;
        }

        if (earlier.Head.Size == later.Head.Size)
        {
            return earlier.Head.Root != later.Head.Root;
        }

        return MerkleProof.RootsOf(earlier.Head.Size, later.Head.Size, Path) is { } roots && roots.Later == later.Head.Root && roots.Earlier != earlier.Head.Root;
    }

    /// <summary>Which log both checkpoints say they are of; null when they cannot be read or differ. Nothing is checked.</summary>
    public string? Origin => OriginOf(Earlier) is { } origin && origin == OriginOf(Later) ? origin : null;

    /// <summary>The text.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Header).Append('\n');
        text.Append("earlier ").Append(Convert.ToBase64String(Earlier)).Append('\n');
        text.Append("later ").Append(Convert.ToBase64String(Later)).Append('\n');
        foreach (var hash in Path)
        {
            text.Append(hash).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads a text; false when it is of another form.</summary>
    public static bool TryParse(string text, out MisbehaviourProof? proof)
    {
        proof = null;
        var lines = text.Length <= TextLengthMax ? text.TrimEnd('\n').Split('\n') : [];
        if (lines.Length < 3 || lines.Length > 3 + MerkleProof.HashesMax + 1 || lines[0] != Header
            || !lines[1].StartsWith("earlier ", StringComparison.Ordinal) || !lines[2].StartsWith("later ", StringComparison.Ordinal)
            || StandardBase64.Decode(lines[1].AsSpan("earlier ".Length)) is not { } earlier || StandardBase64.Decode(lines[2].AsSpan("later ".Length)) is not { } later)
        {
            return false;
        }

        var path = new List<TreeHash>();
        foreach (var line in lines[3..])
        {
            if (!TreeHash.TryParse(line, out var hash))
            {
                return false;
            }

            path.Add(hash);
        }

        proof = new MisbehaviourProof(earlier, later, path);
        return true;
    }

    private static string? OriginOf(byte[] note) =>
        SignedNote.Open(note, [], out var opened) is NoteFault.Unverified && Checkpoint.TryParse(opened!.Text, out var checkpoint) ? checkpoint!.Origin : null;
}
