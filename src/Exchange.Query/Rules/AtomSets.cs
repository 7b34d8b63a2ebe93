using System.Numerics;

namespace Exchange.Query.Rules;

/// <summary>
/// The smallest sets of atoms whose sums follow from figures that are sums over atoms. With r independent figures every vector of
/// their span is given by its entries at r atoms, so that trying 0 and 1 there finds all 0/1 vectors.
/// </summary>
public static class AtomSets
{
    /// <summary>Most atoms of one cell.</summary>
    public const int AtomsMax = 64;

    /// <summary>Most independent figures: 2^12 vectors are tried.</summary>
    public const int RankMax = 12;

    /// <summary>
    /// Residues stand for fractions: every minor of a 0/1 matrix of 12 columns is below 5,000 (Hadamard), and sums of 12 of them far
    /// below this prime, so nothing is equal here that is not equal.
    /// </summary>
    private const long Prime = int.MaxValue;

    /// <summary>The sets, each as bits over the atoms; null when there are too many atoms or figures to tell.</summary>
    /// <param name="atoms">Of each atom, which figures hold it; all different and none zero.</param>
    public static IReadOnlyList<ulong>? Smallest(IReadOnlyList<ulong> atoms)
    {
        if (atoms.Count > AtomsMax)
        {
            return null;
        }

        var rows = Reduced(atoms, out var pivots);
        if (rows.Count > RankMax)
        {
            return null;
        }

        var sets = new List<ulong>();
        foreach (var set in Enumerable.Range(1, (1 << rows.Count) - 1).Select(choice => SetOf(rows, choice, atoms.Count)).Where(set => set != 0).OrderBy(BitOperations.PopCount))
        {
            if (!sets.Exists(smaller => (set & smaller) == smaller))
            {
                sets.Add(set);
            }
        }

        return sets;
    }

    /// <summary>The reduced echelon form of the figures: each row is 1 at a pivot of its own, where all others are 0.</summary>
    private static List<long[]> Reduced(IReadOnlyList<ulong> atoms, out List<int> pivots)
    {
        var figures = atoms.Aggregate(0UL, (all, atom) => all | atom);
        var rows = new List<long[]>();
        pivots = [];
        for (; figures != 0; figures &= figures - 1)
        {
            var bit = figures & (~figures + 1);
            long[] row = [.. atoms.Select(atom => (atom & bit) == 0 ? 0L : 1L)];
            for (var i = 0; i < rows.Count; i++)
            {
                Subtract(row, rows[i], row[pivots[i]]);
            }

            var pivot = Array.FindIndex(row, entry => entry != 0);
            if (pivot < 0)
            {
                continue;
            }

            var inverse = (long)BigInteger.ModPow(row[pivot], Prime - 2, Prime);
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = row[i] * inverse % Prime;
            }

            foreach (var other in rows)
            {
                Subtract(other, row, other[pivot]);
            }

            rows.Add(row);
            pivots.Add(pivot);
        }

        return rows;
    }

    private static void Subtract(long[] row, long[] other, long factor)
    {
        for (var i = 0; i < row.Length && factor != 0; i++)
        {
            row[i] = (row[i] + ((Prime - factor) * other[i])) % Prime;
        }
    }

    /// <summary>The atoms of the chosen rows' sum; none when an entry is neither 0 nor 1.</summary>
    private static ulong SetOf(List<long[]> rows, int choice, int atoms)
    {
        var set = 0UL;
        for (var atom = 0; atom < atoms; atom++)
        {
            var entry = 0L;
            for (var i = 0; i < rows.Count; i++)
            {
                entry += (choice >> i & 1) == 0 ? 0 : rows[i][atom];
            }

            switch (entry % Prime)
            {
                case 0:
                    break;
                case 1:
                    set |= 1UL << atom;
                    break;
                default:
                    return 0;
            }
        }

        return set;
    }
}
