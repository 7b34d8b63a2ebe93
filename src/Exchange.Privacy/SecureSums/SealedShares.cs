namespace Exchange.Privacy.SecureSums;

/// <summary>What a dealer sealed for one holder: only the two can open it, and it holds for one view of the cohort's keys.</summary>
/// <param name="Dealer">Position of the dealer.</param>
/// <param name="Ciphertext">80 bytes.</param>
public sealed record SealedShares(int Dealer, ReadOnlyMemory<byte> Ciphertext)
{
    internal const int Length = 2 * FieldElement.ByteLength + 16;
}
