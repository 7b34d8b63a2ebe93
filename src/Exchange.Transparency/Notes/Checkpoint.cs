using System.Globalization;
using System.Text;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Notes;

/// <summary>The signed head of a log (c2sp.org/tlog-checkpoint): which log, how many leaves, and their root.</summary>
/// <param name="Origin">Names the log; equals the name of its key.</param>
/// <param name="Head">Size and root. A log without leaves has no checkpoint: earlier readers of this format take any root for it.</param>
public sealed record Checkpoint(string Origin, TreeHead Head)
{
    /// <summary>Longest note that is read, in bytes.</summary>
    public const int NoteBytesMax = 32 * 1024;

    /// <summary>Three lines: origin, decimal size, base64 root.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Head.Size}\n{Head.Root}\n");

    /// <summary>Signs it.</summary>
    public byte[] Sign(params IReadOnlyList<NoteSigner> signers) => SignedNote.Sign(ToText(), signers);

    /// <summary>Reads the text of a note. Further lines are allowed and mean nothing here; this exchange writes none.</summary>
    public static bool TryParse(string text, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        var lines = text.Split('\n', 4);
        if (lines.Length < 4 || lines[0].Length == 0
            || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || lines[1] != size.ToString(CultureInfo.InvariantCulture)
            || !TreeHash.TryParse(lines[2], out var root))
        {
            return false;
        }

        checkpoint = new Checkpoint(lines[0], new TreeHead(size, root));
        return true;
    }

    /// <summary>Reads a checkpoint that a log signed: under its key, about itself, with at least one leaf.</summary>
    /// <param name="note">Untrusted.</param>
    /// <param name="log">The log's key, or keys when it had several; their name is its origin.</param>
    /// <param name="checkpoint">What it says; null unless the fault is none.</param>
    public static NoteFault Open(ReadOnlySpan<byte> note, IReadOnlyCollection<NoteVerifier> log, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (note.Length > NoteBytesMax)
        {
            return NoteFault.Malformed;
        }

        var fault = SignedNote.Open(note, log, out var opened);
        if (fault != NoteFault.None)
        {
            return fault;
        }

        if (!TryParse(opened!.Text, out var found) || found!.Head.Size < 1)
        {
            return NoteFault.Malformed;
        }

        // A key that signs for one log says nothing about another.
        if (opened.Signatures.All(signature => signature.Key.Name != found.Origin))
        {
            return NoteFault.Unverified;
        }

        checkpoint = found;
        return NoteFault.None;
    }
}
