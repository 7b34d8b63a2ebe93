using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>What one dealer gives one holder.</summary>
/// <param name="Key">Share of the key to the roots of its masks.</param>
/// <param name="Seed">Share of the seed of its self-mask.</param>
/// <param name="Cells">What it tells of its cells (<see cref="CellContributors.Tell"/>); empty in a cohort without cells.</param>
internal readonly record struct HeldShares(FieldElement Key, FieldElement Seed, byte[] Cells)
{
    private static readonly byte[] NoNonce = new byte[Sodium.NonceLength];

    /// <summary>ChaCha20-Poly1305. A key seals one message, so the nonce may be fixed.</summary>
    public byte[] Seal(byte[] key, byte[] associated)
    {
        byte[] plain = [.. Key.ToBytes(), .. Seed.ToBytes(), .. Cells];
        var ciphertext = Sodium.Seal(plain, associated, NoNonce, key);
        CryptographicOperations.ZeroMemory(plain);
        return ciphertext;
    }

    public static bool TryOpen(ReadOnlySpan<byte> ciphertext, byte[] sealingKey, byte[] associated, out HeldShares held)
    {
        held = default;
        var plain = new byte[ciphertext.Length - SealedShares.TagLength];
        if (!Sodium.TryOpen(plain, ciphertext, associated, NoNonce, sealingKey))
        {
            return false;
        }

        const int Length = FieldElement.ByteLength;
        var isRead = FieldElement.TryRead(plain.AsSpan(0, Length), out var key) & FieldElement.TryRead(plain.AsSpan(Length, Length), out var seed);
        held = new HeldShares(key, seed, plain[(2 * Length)..]);
        CryptographicOperations.ZeroMemory(plain);
        return isRead;
    }
}
