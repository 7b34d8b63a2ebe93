using System.Globalization;
using System.Text;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Witnesses;

/// <summary>What a log sends a witness (c2sp.org/tlog-witness, add-checkpoint): the size the witness knows, the proof from there, the new checkpoint.</summary>
/// <param name="OldSize">Size of the checkpoint the witness cosigned last; 0 for none.</param>
/// <param name="Proof">Consistency proof from there; empty from 0.</param>
/// <param name="Checkpoint">The new checkpoint, a signed note.</param>
public sealed record AddCheckpoint(long OldSize, IReadOnlyList<TreeHash> Proof, byte[] Checkpoint)
{
    /// <summary>Longest request, in bytes: old size, 63 hashes and a checkpoint.</summary>
    public const int BytesMax = 4096 + Notes.Checkpoint.NoteBytesMax;

    /// <summary>The request's body.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"old {OldSize}\n"));
        foreach (var hash in Proof)
        {
            text.Append(hash).Append('\n');
        }

        return [.. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Checkpoint];
    }

    /// <summary>Reads a body; false when it is of another form. Nothing is checked yet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out AddCheckpoint? request)
    {
        request = null;
        var end = body.Length <= BytesMax ? body.IndexOf("\n\n"u8) : -1;
        if (end < 0)
        {
            return false;
        }

        var lines = Encoding.Latin1.GetString(body[..end]).Split('\n');
        if (lines.Length > 1 + MerkleProof.HashesMax || !lines[0].StartsWith("old ", StringComparison.Ordinal)
            || !long.TryParse(lines[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var size) || lines[0][4..] != size.ToString(CultureInfo.InvariantCulture))
        {
            return false;
        }

        var proof = new List<TreeHash>();
        foreach (var line in lines[1..])
        {
            if (!TreeHash.TryParse(line, out var hash))
            {
                return false;
            }

            proof.Add(hash);
        }

        request = new AddCheckpoint(size, proof, body[(end + 2)..].ToArray());
        return true;
    }
}
