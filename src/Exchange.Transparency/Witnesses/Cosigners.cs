using Exchange.Transparency.Notes;

namespace Exchange.Transparency.Witnesses;

/// <summary>Who has cosigned a checkpoint.</summary>
public static class Cosigners
{
    /// <summary>How many witnesses have, each counted once. The log's own signature is for others to check.</summary>
    /// <param name="checkpoint">Untrusted.</param>
    /// <param name="keysOf">The keys of the witness of that name; none for a name that does not count.</param>
    public static int CountOf(ReadOnlySpan<byte> checkpoint, Func<string, IReadOnlyCollection<NoteVerifier>> keysOf)
    {
        if (checkpoint.Length > Checkpoint.NoteBytesMax)
        {
            return 0;
        }

        _ = SignedNote.Open(checkpoint, [], out var note);
        var count = 0;
        foreach (var name in note?.Unverified.Select(signature => signature.Key.Name).Distinct(StringComparer.Ordinal) ?? [])
        {
            if (SignedNote.Open(checkpoint, keysOf(name), out var opened) == NoteFault.None && opened!.Signatures.Any(signature => signature.Key.Name == name))
            {
                count++;
            }
        }

        return count;
    }
}
