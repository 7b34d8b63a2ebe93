using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// What all participants of a secure sum must mean alike, agreed before its first round: the question, who takes part, the layout,
/// and how few may be left. Its <see cref="Id"/> is in every signed message and every derived key, so that a message of another
/// cohort, roster or question is worth nothing here.
/// </summary>
public sealed class Cohort
{
    /// <summary>Most participants.</summary>
    public const int ParticipantsMax = 1000;

    /// <summary>Fewest participants of a sum: with two, each knows the other's figure.</summary>
    public const int ParticipantsMin = 3;

    private const int NameBytesMax = 128;
    private readonly byte[] _id;

    /// <summary>Fixes a cohort.</summary>
    /// <param name="question">SHA-256 of the signed question with the versions of the data it is asked of; 32 bytes.</param>
    /// <param name="participants">Ids in ordinal order, none twice.</param>
    /// <param name="layout">Where the values stand.</param>
    /// <param name="survivorsMin">Fewest participants, the asker not counted, whose sum may be told; at least 3.</param>
    /// <param name="asker">The one who learns the sum and relays the messages; it may take part.</param>
    /// <param name="threshold">How many shares open a mask; more than half of the cohort. Absent: <see cref="ThresholdOf"/>.</param>
    /// <param name="cells">Which cell each value belongs to. Absent: every value is told, whoever contributes to it.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/>.</exception>
    public Cohort(
        ReadOnlySpan<byte> question, IEnumerable<string> participants, SumLayout layout, int survivorsMin, string asker, int? threshold = null, SumCells? cells = null)
    {
        Participants = [.. participants];
        Layout = layout;
        Cells = cells;
        SurvivorsMin = survivorsMin;
        Threshold = threshold ?? ThresholdOf(Participants.Length);
        AskerPosition = IndexOf(asker);
        Check(question);
        _id = IdOf(question, asker);
    }

    /// <summary>Names this sum and no other; 32 bytes.</summary>
    public ReadOnlySpan<byte> Id => _id;

    /// <summary>Ids in ordinal order; a participant's position is its number everywhere else.</summary>
    public ImmutableArray<string> Participants { get; }

    /// <summary>How many take part.</summary>
    public int Count => Participants.Length;

    /// <summary>Where the values stand.</summary>
    public SumLayout Layout { get; }

    /// <summary>Which cell each value belongs to, or null.</summary>
    public SumCells? Cells { get; }

    /// <summary>Fewest participants besides the asker whose sum may be told, and who contribute to a cell that is told.</summary>
    public int SurvivorsMin { get; }

    /// <summary>Fewest participants whose sum is told, an asker among them that takes part.</summary>
    public int SurvivorsLeast => Math.Max(Threshold, SurvivorsMin);

    /// <summary>How many shares open a mask, and how many must sign the same survivors.</summary>
    public int Threshold { get; }

    /// <summary>The asker's position, or negative when it does not take part.</summary>
    public int AskerPosition { get; }

    /// <summary>
    /// More than two thirds: a relay that lies to some, colluding with fewer than a third, still cannot have two survivor sets signed
    /// (Bonawitz et al., CCS 2017, section 6.2).
    /// </summary>
    public static int ThresholdOf(int participants) => 2 * participants / 3 + 1;

    /// <summary>The position of a participant, or negative.</summary>
    public int IndexOf(string participant) => Participants.BinarySearch(participant, StringComparer.Ordinal);

    /// <summary>Whether the sum over these may be told.</summary>
    public bool IsEnough(ParticipantSet left) => left.Count >= Threshold && left.Count(one => one != AskerPosition) >= SurvivorsMin;

    /// <summary>All of the cohort.</summary>
    public ParticipantSet Everybody() => ParticipantSet.Of(Count, Enumerable.Range(0, Count));

    private void Check(ReadOnlySpan<byte> question)
    {
        Refuse(question.Length != SHA256.HashSizeInBytes, "A secure sum is of a question named by 32 bytes.");
        Refuse(Count is < ParticipantsMin or > ParticipantsMax, $"A secure sum takes {ParticipantsMin} to {ParticipantsMax} participants.");
        Refuse(!Layout.Holds, $"A secure sum takes 1 to {SumLayout.WordsMax} words.");
        Refuse(Cells is { } cells && !cells.IsOf(Layout), "Every value of a secure sum belongs to one of its cells.");
        Refuse(Threshold <= Count / 2 || Threshold > Count, "The threshold of a secure sum is more than half of its cohort and at most all of it.");
        Refuse(SurvivorsMin < ParticipantsMin, $"A secure sum is over at least {ParticipantsMin} participants besides the asker.");
        Refuse(Participants.Any(name => name.Length == 0 || Encoding.UTF8.GetByteCount(name) > NameBytesMax), "A participant of a secure sum has no proper name.");
        for (var at = 1; at < Count; at++)
        {
            Refuse(string.CompareOrdinal(Participants[at - 1], Participants[at]) >= 0, "The participants of a secure sum are in order and none stands twice.");
        }

        Refuse(!IsEnough(Everybody()), $"A secure sum needs at least {SurvivorsMin} participants besides the asker.");
    }

    private byte[] IdOf(ReadOnlySpan<byte> question, string asker)
    {
        var text = new MessageWriter();
        text.Bytes("exchange/secure-sum/v1\n"u8);
        text.Bytes(question);
        text.Number(Layout.Narrow);
        text.Number(Layout.Wide);
        text.Number(Threshold);
        text.Number(SurvivorsMin);
        text.Number(Count);
        foreach (var name in Participants.Append(asker))
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            text.Number(bytes.Length);
            text.Bytes(bytes);
        }

        text.Number(Cells?.Count ?? 0);
        foreach (var cell in Cells is { } cells ? cells.OfNarrow.Concat(cells.OfWide) : [])
        {
            text.Number(cell);
        }

        return SHA256.HashData(text.ToArray());
    }

    private static void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, message);
        }
    }
}
