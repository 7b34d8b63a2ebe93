using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NSec.Cryptography;

namespace Exchange.Transparency.Notes;

/// <summary>A public key that checks signatures of notes.</summary>
public sealed class NoteVerifier
{
    private const int PublicKeyBytes = 32;
    private const int SignatureBytes = 64;
    private const int TimeBytes = 8;

    private readonly byte[] _publicKey;

    /// <summary>A raw Ed25519 public key under a name.</summary>
    /// <exception cref="ArgumentException">No name for a key, or not 32 bytes.</exception>
    public NoteVerifier(string name, ReadOnlySpan<byte> publicKey, NoteAlgorithm algorithm = NoteAlgorithm.Ed25519)
    {
        if (!NoteKey.IsName(name))
        {
            throw new ArgumentException("A key's name is not empty and has neither white space nor plus signs.", nameof(name));
        }

        if (publicKey.Length != PublicKeyBytes)
        {
            throw new ArgumentException("An Ed25519 public key has 32 bytes.", nameof(publicKey));
        }

        _publicKey = publicKey.ToArray();
        Algorithm = algorithm;
        Key = NoteKey.Of(name, [(byte)algorithm, .. publicKey]);
    }

    /// <summary>Name and id.</summary>
    public NoteKey Key { get; }

    /// <summary>What it signs.</summary>
    public NoteAlgorithm Algorithm { get; }

    /// <summary>Reads <c>name+id+base64(algorithm ‖ public key)</c>; false when it is of another form, or the id is not the key's.</summary>
    public static bool TryParse(string text, out NoteVerifier? verifier)
    {
        verifier = null;
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !TryParseId(parts[1], out var id)
            || StandardBase64.Decode(parts[2]) is not { Length: PublicKeyBytes + 1 } key
            || key[0] is not ((byte)NoteAlgorithm.Ed25519 or (byte)NoteAlgorithm.CosignatureV1)
            || !NoteKey.IsName(parts[0]) || NoteKey.Of(parts[0], key).Id != id)
        {
            return false;
        }

        verifier = new NoteVerifier(parts[0], key.AsSpan(1), (NoteAlgorithm)key[0]);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Key + "+" + Convert.ToBase64String([(byte)Algorithm, .. _publicKey]);

    /// <summary>Whether the signature, without the key id before it, is this key's over the text. Never throws.</summary>
    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) => Algorithm == NoteAlgorithm.Ed25519
        ? Holds(text, signature)
        : signature.Length == TimeBytes + SignatureBytes && Holds(Cosignature.ToBeSigned(TimeOf(signature), text), signature[TimeBytes..]);

    /// <summary>When the witness says it saw the checkpoint, in seconds since 1970; null for a signature of another algorithm.</summary>
    public long? CosignatureTime(ReadOnlySpan<byte> signature) =>
        Algorithm == NoteAlgorithm.CosignatureV1 && signature.Length == TimeBytes + SignatureBytes && TimeOf(signature) <= long.MaxValue ? (long)TimeOf(signature) : null;

    /// <summary>Eight hexadecimal digits of either case.</summary>
    internal static bool TryParseId(string text, out uint id)
    {
        id = 0;
        return text.Length == 8 && text.All(char.IsAsciiHexDigit) && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    private static ulong TimeOf(ReadOnlySpan<byte> signature) => BinaryPrimitives.ReadUInt64BigEndian(signature);

    private bool Holds(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, _publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && SignatureAlgorithm.Ed25519.Verify(key!, message, signature);
}
