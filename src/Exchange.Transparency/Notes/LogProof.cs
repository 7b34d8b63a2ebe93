using System.Globalization;
using System.Text;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Notes;

/// <summary>Proof that a leaf is in a log, in one text that is checked offline (c2sp.org/tlog-proof, version 1).</summary>
/// <param name="Index">Position of the leaf.</param>
/// <param name="Hashes">Its inclusion proof.</param>
/// <param name="Checkpoint">The signed checkpoint, as the log gave it.</param>
/// <param name="Extra">Bytes for the reader that nothing vouches for, such as the leaf itself; null for none.</param>
public sealed record LogProof(long Index, IReadOnlyList<TreeHash> Hashes, byte[] Checkpoint, byte[]? Extra = null)
{
    /// <summary>Longest text that is read, in characters: leaf, proof and checkpoint at their largest.</summary>
    public const int TextLengthMax = 160 * 1024;

    private const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Takes a proof out of a message; null when it is too long or a hash has another length than 32 bytes.</summary>
    public static LogProof? From(long index, IReadOnlyList<ReadOnlyMemory<byte>> hashes, ReadOnlySpan<byte> checkpoint) =>
        hashes.Count <= MerkleProof.HashesMax && hashes.All(hash => hash.Length == TreeHash.Length) && checkpoint.Length <= Notes.Checkpoint.NoteBytesMax
            ? new LogProof(index, [.. hashes.Select(hash => new TreeHash(hash.Span))], checkpoint.ToArray())
            : null;

    /// <summary>The text.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (Extra is not null)
        {
            text.Append("extra ").Append(Convert.ToBase64String(Extra)).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        foreach (var hash in Hashes)
        {
            text.Append(hash).Append('\n');
        }

        return text.Append('\n').Append(Encoding.UTF8.GetString(Checkpoint)).ToString();
    }

    /// <summary>Reads a text; false when it is of another form. Whether it proves anything is for <see cref="Fault"/>.</summary>
    public static bool TryParse(string text, out LogProof? proof)
    {
        proof = null;
        var end = text.Length <= TextLengthMax ? text.IndexOf("\n\n", StringComparison.Ordinal) : -1;
        var lines = end < 0 ? [] : text[..end].Split('\n');
        var next = 1;
        byte[]? extra = null;
        if (lines.Length < 2 || lines[0] != Header || (lines[1].StartsWith("extra ", StringComparison.Ordinal) && (extra = StandardBase64.Decode(lines[next++].AsSpan(6))) is null))
        {
            return false;
        }

        if (next == lines.Length || !lines[next].StartsWith("index ", StringComparison.Ordinal)
            || !long.TryParse(lines[next].AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || lines[next][6..] != index.ToString(CultureInfo.InvariantCulture)
            || lines.Length - next - 1 > MerkleProof.HashesMax)
        {
            return false;
        }

        var hashes = new List<TreeHash>();
        foreach (var line in lines[(next + 1)..])
        {
            if (!TreeHash.TryParse(line, out var hash))
            {
                return false;
            }

            hashes.Add(hash);
        }

        proof = new LogProof(index, hashes, Encoding.UTF8.GetBytes(text[(end + 2)..]), extra);
        return true;
    }

    /// <summary>Checks that the leaf is in the log of that key.</summary>
    /// <param name="leaf">The leaf's bytes.</param>
    /// <param name="log">The log's key, or keys when it had several.</param>
    /// <param name="checkpoint">The checkpoint that was checked; null unless it is good.</param>
    public LogProofFault Fault(ReadOnlySpan<byte> leaf, IReadOnlyCollection<NoteVerifier> log, out Checkpoint? checkpoint)
    {
        if (Notes.Checkpoint.Open(Checkpoint, log, out checkpoint) != NoteFault.None)
        {
            return LogProofFault.Checkpoint;
        }

        return MerkleProof.IsIncluded(TreeHash.OfLeaf(leaf), Index, Hashes, checkpoint!.Head) ? LogProofFault.None : LogProofFault.NotIncluded;
    }
}
