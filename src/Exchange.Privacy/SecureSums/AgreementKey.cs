using System.Buffers.Binary;
using NSec.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>An X25519 key pair (RFC 7748) of one participant for one sum.</summary>
internal sealed class AgreementKey : IDisposable
{
    /// <summary>Bytes of a public key.</summary>
    public const int PublicLength = 32;

    private static readonly KeyAgreementAlgorithm Algorithm = KeyAgreementAlgorithm.X25519;
    private readonly Key _key;

    /// <summary>Takes 32 bytes of secret, of which X25519 uses 251 bits.</summary>
    public AgreementKey(ReadOnlySpan<byte> secret)
    {
        _key = Key.Import(Algorithm, secret, KeyBlobFormat.RawPrivateKey);
        Public = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>32 bytes.</summary>
    public byte[] Public { get; }

    /// <summary>The key of the mask that two participants share: both derive the same.</summary>
    /// <param name="salt">Id of the cohort.</param>
    /// <param name="own">Position of this key's owner.</param>
    /// <param name="other">Position of the other.</param>
    /// <param name="otherPublic">Its public key.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/> for a key of low order.</exception>
    public byte[] MaskKey(ReadOnlySpan<byte> salt, int own, int other, ReadOnlySpan<byte> otherPublic) =>
        own < other
            ? Derive(salt, otherPublic, "fx-secagg/v1"u8, own, other, Public, otherPublic)
            : Derive(salt, otherPublic, "fx-secagg/v1"u8, other, own, otherPublic, Public);

    /// <summary>The key that a dealer seals a holder's shares with; another one in the other direction.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/> for a key of low order.</exception>
    public byte[] SealKey(ReadOnlySpan<byte> salt, int dealer, int holder, bool isDealer, ReadOnlySpan<byte> otherPublic) =>
        isDealer
            ? Derive(salt, otherPublic, "fx-secagg/v1/shares"u8, dealer, holder, Public, otherPublic)
            : Derive(salt, otherPublic, "fx-secagg/v1/shares"u8, dealer, holder, otherPublic, Public);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private byte[] Derive(
        ReadOnlySpan<byte> salt, ReadOnlySpan<byte> otherPublic, ReadOnlySpan<byte> use, int first, int second, ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> secondKey)
    {
        if (!PublicKey.TryImport(Algorithm, otherPublic, KeyBlobFormat.RawPublicKey, out var imported))
        {
            throw MessageReader.Malformed();
        }

        using var shared = Algorithm.Agree(_key, imported!) ?? throw MessageReader.Malformed();
        Span<byte> info = stackalloc byte[use.Length + 8 + 2 * PublicLength];
        use.CopyTo(info);
        BinaryPrimitives.WriteInt32BigEndian(info[use.Length..], first);
        BinaryPrimitives.WriteInt32BigEndian(info[(use.Length + 4)..], second);
        firstKey.CopyTo(info[(use.Length + 8)..]);
        secondKey.CopyTo(info[(use.Length + 8 + PublicLength)..]);
        return KeyDerivationAlgorithm.HkdfSha256.DeriveBytes(shared, salt, info, 32);
    }
}
