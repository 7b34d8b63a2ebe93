using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>What two participants know, and nobody else, for one sum. None of the keys tells anything of another, nor of those of another sum.</summary>
/// <param name="Root">Of their mask; told to the relay where one of them drops out.</param>
/// <param name="ToOther">This participant seals with it.</param>
/// <param name="FromOther">The other seals with it.</param>
/// <param name="Vouching">They vouch for survivors with it.</param>
internal readonly record struct PairKeys(byte[] Root, byte[] ToOther, byte[] FromOther, byte[] Vouching)
{
    public const int TagLength = 16;

    /// <summary>The mask's key under one view of who dealt.</summary>
    public static byte[] MaskKey(ReadOnlySpan<byte> root, ReadOnlySpan<byte> dealersDigest) => Sodium.Hmac(root, dealersDigest);

    /// <summary>A hash that the relay holds the root against, which has 256 bits of chance.</summary>
    public static byte[] CommitmentOf(ReadOnlySpan<byte> root) => Sodium.Hmac(root, "fx-secagg/v1/root"u8);

    /// <summary>The sender's word to the other on who is in the sum.</summary>
    public byte[] Tag(int sender, ParticipantSet survivors)
    {
        var text = new byte[4 + survivors.Bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(text, sender);
        survivors.Bytes.Span.CopyTo(text.AsSpan(4));
        return Sodium.Hmac(Vouching, text)[..TagLength];
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Root);
        CryptographicOperations.ZeroMemory(ToOther);
        CryptographicOperations.ZeroMemory(FromOther);
        CryptographicOperations.ZeroMemory(Vouching);
    }
}
