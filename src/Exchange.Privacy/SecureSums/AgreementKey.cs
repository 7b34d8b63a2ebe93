using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>An X25519 key pair (RFC 7748) of one participant, for one sum or for a session of several. Its secret never leaves it.</summary>
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

    /// <summary>What this key's owner and another have in common, and nobody else.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/> for a key of low order.</exception>
    public byte[] Agree(ReadOnlySpan<byte> otherPublic)
    {
        var shared = new byte[Sodium.KeyLength];
        return Sodium.TryAgree(_secret, otherPublic, shared) ? shared : throw MessageReader.Malformed();
    }

    /// <summary>Wipes the secret.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    /// <summary>The keys of two participants for one sum: HKDF-SHA256 of what they have in common, with the cohort's id as salt.</summary>
    /// <param name="shared">By <see cref="Agree"/>.</param>
    /// <param name="salt">Id of the cohort.</param>
    /// <param name="own">Position of the one and its public key.</param>
    /// <param name="other">Position of the other and its public key.</param>
    public static PairKeys Derive(ReadOnlySpan<byte> shared, ReadOnlySpan<byte> salt, (int Position, byte[] Public) own, (int Position, byte[] Public) other)
    {
        var (front, back) = own.Position < other.Position ? (own, other) : (other, own);
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        Sodium.Extract(key, salt, shared);
        Span<byte> mask = stackalloc byte[Sodium.KeyLength];
        Sodium.Expand(mask, key, Info("fx-secagg/v1"u8, front, back));
        // What the one in front seals with, what the one behind does, and what both vouch with.
        Span<byte> others = stackalloc byte[3 * Sodium.KeyLength];
        Sodium.Expand(others, key, Info("fx-secagg/v1/shares"u8, front, back));
        CryptographicOperations.ZeroMemory(key);
        var (first, second) = (others[..Sodium.KeyLength].ToArray(), others[Sodium.KeyLength..(2 * Sodium.KeyLength)].ToArray());
        return own.Position < other.Position
            ? new PairKeys(mask.ToArray(), first, second, others[(2 * Sodium.KeyLength)..].ToArray())
            : new PairKeys(mask.ToArray(), second, first, others[(2 * Sodium.KeyLength)..].ToArray());
    }

    private static byte[] Info(ReadOnlySpan<byte> use, (int Position, byte[] Public) front, (int Position, byte[] Public) back)
    {
        var info = new byte[use.Length + 8 + 2 * PublicLength];
        use.CopyTo(info);
        BinaryPrimitives.WriteInt32BigEndian(info.AsSpan(use.Length), front.Position);
        BinaryPrimitives.WriteInt32BigEndian(info.AsSpan(use.Length + 4), back.Position);
        front.Public.CopyTo(info, use.Length + 8);
        back.Public.CopyTo(info, use.Length + 8 + PublicLength);
        return info;
    }
}
