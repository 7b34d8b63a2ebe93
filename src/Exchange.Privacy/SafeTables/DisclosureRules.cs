using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The arithmetic of the rules, on whole numbers. Slack is how far a sum may be off: a rule passes only where it would with all of it
/// against it. Rules 2 to 4 pass for a union of blocks that each pass: for the largest c + 1 of a union sum to at most the largest
/// c + 1 of its blocks together, whatever units they share, and so do the largest n.
/// </summary>
internal static class DisclosureRules
{
    /// <summary>
    /// Rule 2 for every unit at once: what remains without the largest and the next c, counted from the point everybody knows, is at
    /// least p of the largest.
    /// </summary>
    public static bool PassesEstimate(Int128 total, Int128 largestAndNext, Int128 largestGross, Int128 slack, Ratio p) =>
        p.IsReachedBy((BigInteger)total - largestAndNext - slack, largestGross);

    /// <summary>Rule 3.</summary>
    public static bool PassesDominance(Int128 grossTotal, Int128 largest, Int128 slack, Ratio k) =>
        ((BigInteger)largest + slack) * k.Denominator <= k.Numerator * grossTotal;

    /// <summary>Rule 4: units with a row that is not v, for the v where they are fewest.</summary>
    public static bool PassesSpread(int unitsWithValue, int mostWithOnlyOneValue, int minSpread) => unitsWithValue - mostWithOnlyOneValue >= minSpread;

    /// <summary>
    /// Rule 4 of whether there is a value: nobody lacks one, or enough do. Rows less values is a count of those who do; that everybody has
    /// one is taken for harmless, or no complete column could be told of.
    /// </summary>
    public static bool PassesMissing(int unitsLacking, int minSpread) => unitsLacking == 0 || unitsLacking >= minSpread;

    /// <summary>Rule 8. All but min_spread share the value: so many others are too few.</summary>
    public static bool PassesSensitive(int units, int mostWithOnlyOneValue, int minSpread) => units - mostWithOnlyOneValue > minSpread;

    /// <summary>
    /// The second half of rule 5: the row furthest from the mean has at most 70% of the squared deviations. With n rows, sum S and
    /// squares Q: (n·x − S)² ≤ 0.7·n·(n·Q − S²).
    /// </summary>
    public static bool PassesDeviation(long rows, BigNumber sum, BigNumber squares, BigNumber squaresSlack, BigNumber least, BigNumber greatest)
    {
        var (above, below) = ((greatest * rows) - sum, sum - (least * rows));
        var deviations = ((squares - squaresSlack) * rows) - (sum * sum);
        return (deviations * (7 * rows) - (above * above * 10)).Sign >= 0 && (deviations * (7 * rows) - (below * below * 10)).Sign >= 0;
    }
}
