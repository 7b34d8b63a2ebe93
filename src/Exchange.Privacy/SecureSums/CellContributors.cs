using System.Security.Cryptography;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Who contributes to which cell, as one participant was told by all that dealt it shares. What a participant tells is a nonce, which
/// hides it behind its hash, and a bit for each cell. A cell is told where of each atom of the roster (<see cref="RosterRule"/>) nobody or enough
/// contribute to it, and enough of a strict one. The asker does not count.
/// </summary>
internal sealed class CellContributors
{
    /// <summary>Bytes of the nonce.</summary>
    public const int NonceLength = 32;

    private readonly Cohort _cohort;
    private readonly Dictionary<int, byte[]> _told;
    private readonly RosterAtoms _atoms;
    private readonly bool[] _isTold;

    /// <param name="cohort">One with cells.</param>
    /// <param name="told">What each participant told.</param>
    /// <param name="atoms">Those of everybody who told.</param>
    public CellContributors(Cohort cohort, IEnumerable<(int Participant, byte[] Told)> told, RosterAtoms atoms)
    {
        (_cohort, _atoms) = (cohort, atoms);
        _told = told.ToDictionary(one => one.Participant, one => one.Told);
        var (most, least) = Count(_ => true);
        _isTold = [.. most.Select((count, cell) => count > 0 && least[cell] >= cohort.SurvivorsMin)];
    }

    /// <summary>The cells that this participant contributes to, of those that enough contribute to.</summary>
    public bool[] ToldBy(int participant) => [.. _isTold.Select((isTold, cell) => isTold && Contributes(_told[participant], cell))];

    /// <summary>Whether values went into a cell that would be over too few, were these the only ones whose values arrived.</summary>
    public bool IsTooThin(ParticipantSet survivors)
    {
        // Where nobody is left, the sum is 0 whoever contributed.
        var (_, least) = Count(survivors.Contains);
        return least.Where((count, cell) => _isTold[cell] && count < _cohort.SurvivorsMin).Any();
    }

    /// <summary>What a participant tells.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A cell is none of the cohort's.</exception>
    public static byte[] Tell(SumCells cells, IEnumerable<int> contributesTo, RandomBits bits)
    {
        var told = new byte[NonceLength + cells.SetLength];
        FieldElement.Random(bits).ToBytes().CopyTo(told, 0);
        foreach (var cell in contributesTo)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cell, (uint)cells.Count, nameof(contributesTo));
            told[NonceLength + cell / 8] |= (byte)(1 << (cell % 8));
        }

        return told;
    }

    /// <summary>SHA-256 that binds a participant to what it tells.</summary>
    public static byte[] CommitmentOf(Cohort cohort, int participant, ReadOnlySpan<byte> told)
    {
        var text = new MessageWriter();
        text.Bytes("fx-secagg/v1/cells"u8);
        text.Bytes(cohort.Id);
        text.Number(participant);
        text.Bytes(told);
        return SHA256.HashData(text.ToArray());
    }

    // Per cell the most that contribute of one atom, and the fewest of one that is strict or of which anybody does; without such an atom no number is smaller.
    private (int[] Most, int[] Least) Count(Func<int, bool> isCounted)
    {
        var most = new int[_cohort.Cells!.Count];
        var least = Enumerable.Repeat(int.MaxValue, most.Length).ToArray();
        foreach (var atom in _told.Where(one => one.Key != _cohort.AskerPosition && isCounted(one.Key) && !_atoms.IsLoose(one.Key)).GroupBy(one => _atoms.NumberOf(one.Key)))
        {
            var isStrict = _atoms.IsStrict(atom.First().Key);
            var counts = new int[most.Length];
            foreach (var (_, told) in atom)
            {
                for (var cell = 0; cell < counts.Length; cell++)
                {
                    counts[cell] += Contributes(told, cell) ? 1 : 0;
                }
            }

            for (var cell = 0; cell < counts.Length; cell++)
            {
                most[cell] = Math.Max(most[cell], counts[cell]);
                least[cell] = counts[cell] == 0 && !isStrict ? least[cell] : Math.Min(least[cell], counts[cell]);
            }
        }

        return (most, least);
    }

    private static bool Contributes(byte[] told, int cell) => (told[NonceLength + cell / 8] >> (cell % 8) & 1) == 1;
}
