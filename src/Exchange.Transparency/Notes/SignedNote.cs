using System.Text;
using System.Text.Unicode;

namespace Exchange.Transparency.Notes;

/// <summary>
/// A text with signatures below a blank line (c2sp.org/signed-note). What is taken and what is refused equals Go's
/// <c>golang.org/x/mod/sumdb/note</c>, so that no note is true for one party and false for another.
/// </summary>
public sealed class SignedNote
{
    /// <summary>Most signature lines.</summary>
    public const int SignaturesMax = 100;

    private const string SignaturePrefix = "\u2014 ";

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures, IReadOnlyList<NoteSignature> unverified)
    {
        Text = text;
        Signatures = signatures;
        Unverified = unverified;
    }

    /// <summary>What was signed, with its last line end.</summary>
    public string Text { get; }

    /// <summary>Signatures that hold, one per known key.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Signatures of keys that are not known.</summary>
    public IReadOnlyList<NoteSignature> Unverified { get; }

    /// <summary>Reads a note and checks the signatures of the known keys.</summary>
    /// <param name="bytes">Untrusted. The caller bounds its length.</param>
    /// <param name="known">Keys whose signatures count.</param>
    /// <param name="note">The note when its form is good and no signature of a known key fails, also when none is there; otherwise null.</param>
    /// <returns><see cref="NoteFault.None"/> when at least one known key signed and every known key's signature holds.</returns>
    public static NoteFault Open(ReadOnlySpan<byte> bytes, IReadOnlyCollection<NoteVerifier> known, out SignedNote? note)
    {
        note = null;
        if (!IsCleanText(bytes) || bytes.LastIndexOf("\n\n"u8) is var split && split < 0 || split + 2 == bytes.Length || bytes[^1] != (byte)'\n')
        {
            return NoteFault.Malformed;
        }

        var text = bytes[..(split + 1)];
        var verified = new List<NoteSignature>();
        var unverified = new List<NoteSignature>();
        var count = 0;
        foreach (var line in Encoding.UTF8.GetString(bytes[(split + 2)..^1]).Split('\n'))
        {
            if (!TryParseLine(line, out var signature) || ++count > SignaturesMax)
            {
                return NoteFault.Malformed;
            }

            var keys = known.Where(key => key.Key == signature!.Key).Take(2).ToList();
            if (keys.Count == 0)
            {
                if (!unverified.Contains(signature!))
                {
                    unverified.Add(signature!);
                }

                continue;
            }

            if (keys.Count > 1)
            {
                return NoteFault.AmbiguousKey;
            }

            if (verified.Any(earlier => earlier.Key == signature!.Key))
            {
                continue;
            }

            if (!keys[0].Verify(text, signature!.ToBytes()))
            {
                return NoteFault.InvalidSignature;
            }

            verified.Add(signature);
        }

        note = new SignedNote(Encoding.UTF8.GetString(text), verified, unverified);
        return verified.Count > 0 ? NoteFault.None : NoteFault.Unverified;
    }

    /// <summary>Signs a text.</summary>
    /// <param name="text">Ends with a line end.</param>
    /// <param name="signers">In the order of their lines.</param>
    /// <exception cref="ArgumentException">The text does not end with a line end.</exception>
    public static byte[] Sign(string text, params IReadOnlyList<NoteSigner> signers) => Print(text, [], signers);

    /// <summary>The note with further signatures: those it had come first, and one of the same key gives way to the new one.</summary>
    public byte[] SignAlso(params IReadOnlyList<NoteSigner> signers) => Print(Text, [.. Signatures, .. Unverified], signers);

    /// <summary>The note as it is sent, the signatures that hold first.</summary>
    public byte[] ToBytes() => Print(Text, [.. Signatures, .. Unverified], []);

    private static byte[] Print(string text, IEnumerable<NoteSignature> earlier, IReadOnlyList<NoteSigner> signers)
    {
        if (!text.EndsWith('\n'))
        {
            throw new ArgumentException("The text of a note ends with a line end.", nameof(text));
        }

        var body = Encoding.UTF8.GetBytes(text);
        var lines = new StringBuilder(text).Append('\n');
        foreach (var signature in earlier.Where(signature => signers.All(signer => signer.Verifier.Key != signature.Key)))
        {
            lines.Append(signature);
        }

        foreach (var signer in signers)
        {
            lines.Append(new NoteSignature(signer.Verifier.Key, Convert.ToBase64String(signer.Sign(body))));
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    // UTF-8 without control characters of ASCII but line ends.
    private static bool IsCleanText(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value < 0x20 && value != (byte)'\n')
            {
                return false;
            }
        }

        return Utf8.IsValid(bytes);
    }

    private static bool TryParseLine(string line, out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith(SignaturePrefix, StringComparison.Ordinal))
        {
            return false;
        }

        var space = line.IndexOf(' ', SignaturePrefix.Length);
        var name = space < 0 ? line[SignaturePrefix.Length..] : line[SignaturePrefix.Length..space];
        var base64 = space < 0 ? "" : line[(space + 1)..];
        if (!NoteKey.IsName(name) || StandardBase64.Decode(base64) is not { Length: >= 5 } bytes)
        {
            return false;
        }

        signature = new NoteSignature(new NoteKey(name, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes)), base64);
        return true;
    }
}
