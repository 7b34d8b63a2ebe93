using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Who dealt shares and, behind hashes, which cells each contributes to, as one side sees it. Masks are derived under its digest:
/// between participants who were shown different dealers, or told different cells by one of them, they do not cancel, and
/// nothing can be opened.
/// </summary>
internal static class DealersView
{
    public const int DigestLength = SHA256.HashSizeInBytes;

    /// <param name="cohort">Whose.</param>
    /// <param name="dealers">Who dealt.</param>
    /// <param name="cells">The hash of a dealer's cells; not called in a cohort without cells.</param>
    public static byte[] DigestOf(Cohort cohort, ParticipantSet dealers, Func<int, byte[]> cells)
    {
        var text = new MessageWriter();
        text.Bytes("fx-secagg/v1/dealers"u8);
        text.Bytes(cohort.Id);
        text.Bytes(dealers.Bytes.Span);
        if (cohort.Cells is not null)
        {
            foreach (var dealer in dealers)
            {
                text.Bytes(cells(dealer));
            }
        }

        return SHA256.HashData(text.ToArray());
    }
}
