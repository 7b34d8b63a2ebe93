using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>An X25519 key pair (RFC 7748) of one participant for one sum.</summary>
internal sealed class AgreementKey : IDisposable
{
    /// <summary>Bytes of a public key.</summary>
    public const int PublicLength = Sodium.KeyLength;

    private readonly byte[] _secret;

    /// <summary>Takes 32 bytes of secret, of which X25519 uses 251 bits.</summary>
    public AgreementKey(ReadOnlySpan<byte> secret)
    {
        _secret = secret.ToArray();
        Public = Sodium.PublicKey(secret);
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
        Derive(salt, "fx-secagg/v1"u8, own, other, otherPublic, Sodium.KeyLength);

    /// <summary>The two keys that two participants seal shares for each other with.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/> for a key of low order.</exception>
    public (byte[] ToOther, byte[] FromOther) SealKeys(ReadOnlySpan<byte> salt, int own, int other, ReadOnlySpan<byte> otherPublic)
    {
        // The first half is for what the one in front seals.
        var both = Derive(salt, "fx-secagg/v1/shares"u8, own, other, otherPublic, 2 * Sodium.KeyLength);
        var (front, back) = (both[..Sodium.KeyLength], both[Sodium.KeyLength..]);
        return own < other ? (front, back) : (back, front);
    }

    /// <summary>Wipes the secret.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    private byte[] Derive(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> use, int own, int other, ReadOnlySpan<byte> otherPublic, int length)
    {
        Span<byte> shared = stackalloc byte[Sodium.KeyLength];
        if (!Sodium.TryAgree(_secret, otherPublic, shared))
        {
            throw MessageReader.Malformed();
        }

        var isInFront = own < other;
        Span<byte> info = stackalloc byte[use.Length + 8 + 2 * PublicLength];
        use.CopyTo(info);
        BinaryPrimitives.WriteInt32BigEndian(info[use.Length..], Math.Min(own, other));
        BinaryPrimitives.WriteInt32BigEndian(info[(use.Length + 4)..], Math.Max(own, other));
        (isInFront ? Public : otherPublic).CopyTo(info[(use.Length + 8)..]);
        (isInFront ? otherPublic : Public).CopyTo(info[(use.Length + 8 + PublicLength)..]);
        var key = new byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, key, salt, info);
        CryptographicOperations.ZeroMemory(shared);
        return key;
    }
}
