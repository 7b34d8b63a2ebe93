using System.Security.Cryptography;

namespace Exchange.Privacy.SafeTables;

/// <summary>
/// SHA-256(salt ‖ canonical bytes): an offer carries it, the agreement carries the salt. A hash without a salt would confirm guesses of the
/// table to everybody who sees the offer.
/// </summary>
public static class TableCommitment
{
    /// <summary>Bytes of a salt, which must be random.</summary>
    public const int SaltBytes = 32;

    /// <summary>The commitment, 32 bytes.</summary>
    /// <exception cref="ArgumentException">A salt of another length.</exception>
    public static byte[] Of(SafeTable table, ReadOnlySpan<byte> salt)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A salt has {SaltBytes} bytes.");
        }

        return SHA256.HashData([.. salt, .. SafeTableCodec.Encode(table)]);
    }

    /// <summary>Whether the commitment is of this table.</summary>
    public static bool Verify(SafeTable table, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> commitment) =>
        CryptographicOperations.FixedTimeEquals(Of(table, salt), commitment);
}
