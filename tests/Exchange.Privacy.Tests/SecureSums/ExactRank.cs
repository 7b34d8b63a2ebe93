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
}
