using System.Security.Cryptography;
using NSec.Cryptography;

namespace Exchange.Protocol.Signing;

/// <summary>An Ed25519 key pair (RFC 8032). Disposing it wipes the private part.</summary>
public sealed class SigningKey : IDisposable
{
    private static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;
    private readonly Key _key;

    private SigningKey(Key key)
    {
        _key = key;
        PublicKey = key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        KeyId = KeyIdOf(PublicKey);
    }

    /// <summary>32 bytes.</summary>
    public byte[] PublicKey { get; }

    /// <summary>See <see cref="KeyIdOf"/>.</summary>
    public string KeyId { get; }

    /// <summary>Makes a new key from the system's generator.</summary>
    public static SigningKey Create() =>
        new(Key.Create(Algorithm, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }));

    /// <summary>Loads a key from its 32-byte seed.</summary>
    /// <exception cref="CryptographicException">The seed has another length.</exception>
    public static SigningKey FromSeed(ReadOnlySpan<byte> seed) =>
        Key.TryImport(Algorithm, seed, KeyBlobFormat.RawPrivateKey, out var key, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport })
            ? new SigningKey(key!)
            : throw new CryptographicException("An Ed25519 seed has 32 bytes.");

    /// <summary>The 32-byte seed, for writing to a file that only the owner can read.</summary>
    public byte[] ExportSeed() => _key.Export(KeyBlobFormat.RawPrivateKey);

    /// <summary>64 bytes over <paramref name="message"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => Algorithm.Sign(_key, message);

    /// <summary>First 16 hexadecimal digits of SHA-256 over a raw public key: its name in the register.</summary>
    public static string KeyIdOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16];

    /// <summary>Whether <paramref name="signature"/> is that key's over <paramref name="message"/>. A malformed key or signature is false.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Algorithm.SignatureSize
        && NSec.Cryptography.PublicKey.TryImport(Algorithm, publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && Algorithm.Verify(key!, message, signature);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
