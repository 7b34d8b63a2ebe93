using System.Buffers.Binary;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Exchange.Transparency.Notes;

/// <summary>A key pair that signs notes. Disposing it wipes the private part.</summary>
public sealed class NoteSigner : IDisposable
{
    private const string Prefix = "PRIVATE+KEY+";
    private const int SeedBytes = 32;

    private readonly NSec.Cryptography.Key _key;
    private readonly TimeProvider? _time;

    private NoteSigner(NSec.Cryptography.Key key, string name, TimeProvider? time)
    {
        _key = key;
        _time = time;
        Verifier = new NoteVerifier(name, key.PublicKey.Export(KeyBlobFormat.RawPublicKey), time is null ? NoteAlgorithm.Ed25519 : NoteAlgorithm.CosignatureV1);
    }

    /// <summary>The public half.</summary>
    public NoteVerifier Verifier { get; }

    /// <summary>A signer out of a 32-byte Ed25519 seed.</summary>
    /// <exception cref="CryptographicException">The seed has another length.</exception>
    public static NoteSigner FromSeed(string name, ReadOnlySpan<byte> seed) => new(Import(seed), name, null);

    /// <summary>A witness out of a 32-byte Ed25519 seed: it signs when it saw what it signs.</summary>
    /// <exception cref="CryptographicException">The seed has another length.</exception>
    public static NoteSigner WitnessFromSeed(string name, ReadOnlySpan<byte> seed, TimeProvider time) => new(Import(seed), name, time);

    /// <summary>Reads <c>PRIVATE+KEY+name+id+base64(1 ‖ seed)</c>, as Go's module database writes it; false when it is of another form.</summary>
    public static bool TryParse(string text, out NoteSigner? signer)
    {
        signer = null;
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('+', 3) : [];
        if (parts.Length != 3 || !NoteVerifier.TryParseId(parts[1], out var id) || !NoteKey.IsName(parts[0])
            || StandardBase64.Decode(parts[2]) is not { Length: SeedBytes + 1 } key || key[0] != (byte)NoteAlgorithm.Ed25519)
        {
            return false;
        }

        var found = FromSeed(parts[0], key.AsSpan(1));
        if (found.Verifier.Key.Id != id)
        {
            found.Dispose();
            return false;
        }

        signer = found;
        return true;
    }

    /// <summary>The signature over a text as a note carries it: key id, then what the algorithm signs.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        var signed = _time is null ? SignatureAlgorithm.Ed25519.Sign(_key, text) : Cosign(text, (ulong)_time.GetUtcNow().ToUnixTimeSeconds());
        var signature = new byte[4 + signed.Length];
        BinaryPrimitives.WriteUInt32BigEndian(signature, Verifier.Key.Id);
        signed.CopyTo(signature, 4);
        return signature;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private byte[] Cosign(ReadOnlySpan<byte> text, ulong time)
    {
        var signature = SignatureAlgorithm.Ed25519.Sign(_key, Cosignature.ToBeSigned(time, text));
        var timed = new byte[8 + signature.Length];
        BinaryPrimitives.WriteUInt64BigEndian(timed, time);
        signature.CopyTo(timed, 8);
        return timed;
    }

    private static NSec.Cryptography.Key Import(ReadOnlySpan<byte> seed) => NSec.Cryptography.Key.TryImport(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey, out var key)
        ? key!
        : throw new CryptographicException("An Ed25519 seed has 32 bytes.");
}
