using System.Numerics;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Exact linear algebra that the rules on told sums are held against.</summary>
internal static class ExactRank
{
    /// <summary>The rank of rows of the same length, by elimination without fractions.</summary>
    public static int Of(IEnumerable<BigInteger[]> matrix)
    {
        var (rows, rank) = (matrix.ToList(), 0);
        for (var column = 0; rows.Count > 0 && column < rows[0].Length; column++)
        {
            if (rows.Find(row => !row[column].IsZero) is not { } pivot)
            {
                continue;
            }

            rank++;
            rows.Remove(pivot);
            rows = rows.ConvertAll<BigInteger[]>(row => [.. row.Select((entry, at) => (entry * pivot[column]) - (pivot[at] * row[column]))]);
        }

        return rank;
    }

    /// <summary>
    /// The fewest participants that a combination of sums, other than of nobody, is of: exact, over the fractions, up to the least that is enough. A participant is in
    /// one by any version of its data. A combination that is 0 outside of some set is one of the sums' columns outside of it that vanishes there and not everywhere.
    /// </summary>
    public static int FewestIn(IReadOnlyCollection<HashSet<(char Name, int Version)>> sums, string names, int least)
    {
        var all = RankWithout("");
        for (var size = 1; size < least; size++)
        {
            if (SetsOf(size, 0).Any(set => RankWithout(set) < all))
            {
                return size;
            }
        }

        return least;

        int RankWithout(string set)
        {
            var columns = sums.SelectMany(sum => sum).Distinct().Where(one => !set.Contains(one.Name)).ToList();
            return Of(sums.Select(sum => columns.Select(one => sum.Contains(one) ? BigInteger.One : 0).ToArray()).DistinctBy(row => string.Concat(row)));
        }

        IEnumerable<string> SetsOf(int size, int from) => size == 0 ? [""]
            : Enumerable.Range(from, names.Length - from).SelectMany(at => SetsOf(size - 1, at + 1).Select(rest => names[at] + rest));
    }
}
