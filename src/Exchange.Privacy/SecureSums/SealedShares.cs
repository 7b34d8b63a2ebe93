namespace Exchange.Privacy.SecureSums;

/// <summary>What a dealer sealed for one holder: only the two can open it, and it holds for one view of the cohort's keys.</summary>
/// <param name="Dealer">Position of the dealer.</param>
/// <param name="Ciphertext">Of two shares, and of the cells that the dealer contributes to where the cohort has cells.</param>
public sealed record SealedShares(int Dealer, ReadOnlyMemory<byte> Ciphertext)
{
    /// <summary>Bytes of the tag behind what is sealed.</summary>
    internal const int TagLength = Sodium.TagLength;

    /// <summary>Bytes of what is sealed: a share of the key, one of the seed, then the nonce and the set of the dealer's cells.</summary>
    internal static int PlainLengthOf(Cohort cohort) =>
        2 * FieldElement.ByteLength + (cohort.Cells is { } cells ? CellContributors.NonceLength + cells.SetLength : 0);

    /// <summary>Bytes of <see cref="Ciphertext"/>.</summary>
    internal static int LengthOf(Cohort cohort) => PlainLengthOf(cohort) + TagLength;
}
