using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Hashes a dealer signs, so that a false share is told from a true one before it goes into a sum. What is hashed has 254 bits of
/// chance, so the hash gives nothing away that could be computed.
/// </summary>
internal static class ShareCommitment
{
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>Of the seed of a self-mask.</summary>
    public static byte[] OfSeed(Cohort cohort, int dealer, FieldElement seed) => Of(cohort, "fx-secagg/v1/seed"u8, dealer, 0, seed);

    /// <summary>Of a share of the key to the masks.</summary>
    public static byte[] OfKeyShare(Cohort cohort, int dealer, int holder, FieldElement share) => Of(cohort, "fx-secagg/v1/key-share"u8, dealer, holder, share);

    /// <summary>Of a share of the self-mask's seed.</summary>
    public static byte[] OfSeedShare(Cohort cohort, int dealer, int holder, FieldElement share) => Of(cohort, "fx-secagg/v1/seed-share"u8, dealer, holder, share);

    private static byte[] Of(Cohort cohort, ReadOnlySpan<byte> what, int dealer, int holder, FieldElement value)
    {
        // Thousands of these in one sum: no allocations but the hash.
        Span<byte> text = stackalloc byte[what.Length + 32 + 4 + 4 + FieldElement.ByteLength];
        what.CopyTo(text);
        var rest = text[what.Length..];
        cohort.Id.CopyTo(rest);
        BinaryPrimitives.WriteInt32BigEndian(rest[32..], dealer);
        BinaryPrimitives.WriteInt32BigEndian(rest[36..], holder);
        value.Write(rest[40..]);
        return SHA256.HashData(text);
    }
}
