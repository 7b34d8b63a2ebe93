namespace Exchange.Transparency.Notes;

/// <summary>One signature line of a note.</summary>
/// <param name="Key">Whose it says it is.</param>
/// <param name="Base64">Key id and signature, as the line has them.</param>
public sealed record NoteSignature(NoteKey Key, string Base64)
{
    /// <summary>The signature without the key id before it.</summary>
    public byte[] ToBytes() => StandardBase64.Decode(Base64) is { Length: > 4 } bytes ? bytes[4..] : [];

    /// <summary>The line, with its end.</summary>
    public override string ToString() => $"\u2014 {Key.Name} {Base64}\n";
}
