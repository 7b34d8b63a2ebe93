using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Rules;

/// <summary>
/// The owner's rules for one figure. Threshold: at least <c>min_units</c> units. p%: T − x₁ − (the next <c>coalition</c>) ≥ p·x₁, where
/// the left side counts from the point of the declared bounds nearest to zero, since so much of each value everybody knows; so no
/// unit and no coalition of so many others can tell another unit's contribution to within p%. (n,k): the n largest make up at most k
/// of T. Spread: at least <c>min_spread</c> units have a value other than the one nearest to zero, for a total of nothing else tells everybody's.
/// </summary>
/// <remarks>
/// Most figures are settled without knowing anybody's contribution: where no unit has more than R rows of at most B, the m largest
/// make up at most m·R·B. Nothing passes by a rounding: sums of whole numbers below 2^53 are compared exactly, others with a margin
/// far above the error of a compensated sum.
/// </remarks>
public sealed record ReleaseRules(int MinUnits, int DominanceN, double DominancePercent, double PPercent, int Coalition, int MinSpread)
{
    private const double ExactBelow = 1L << 53;

    /// <summary>Of an exact recount, whose sums are compensated or short.</summary>
    private const double RecountError = 1e-11;

    /// <summary>Of a plain sum over up to 10^9 rows, and to spare.</summary>
    private const double ScanError = 1e-6;

    /// <summary>The rules of an offer; a key without a value means what an offer that does not say it means.</summary>
    public static ReleaseRules Of(Disclosure? written) => new(
        OrDefault(written?.MinUnits, 10), OrDefault(written?.DominanceN, 2), OrDefault(written?.DominancePercent, 90),
        OrDefault(written?.PPercent, 10), OrDefault(written?.Coalition, 1), OrDefault(written?.MinSpread, 3));

    /// <summary>Whether the rows stand for nobody or for enough units; n·R rows hold at least n units, whoever they are.</summary>
    public bool HasEnoughUnits(SupportCount support, long rowsPerUnitMax) => support.Rows == 0
        || (support.Units is { } units ? units >= MinUnits : support.Rows >= (Int128)MinUnits * rowsPerUnitMax);

    /// <summary>Whether every rule but the threshold is kept whoever the rows belong to.</summary>
    /// <param name="contribution">What is added up.</param>
    /// <param name="gross">Σ|x|, right to a millionth of it.</param>
    /// <param name="support">The rows.</param>
    /// <param name="magnitudeMax">No |x| is larger; null when nothing is known.</param>
    /// <param name="rowsPerUnitMax">R.</param>
    public bool AreSettled(Contribution contribution, double gross, SupportCount support, double? magnitudeMax, long rowsPerUnitMax)
    {
        if (support.Rows == 0)
        {
            return true;
        }

        if (magnitudeMax is not { } largest || !double.IsFinite(largest) || !double.IsFinite(gross))
        {
            return false;
        }

        // Each of u units has a row, so m of them have at most rows − u + m.
        double Rows(int units) => (double)Int128.Min((Int128)units * rowsPerUnitMax, support.Units is { } all ? support.Rows - all + units : support.Rows);
        double Most(int units, double value) => Rows(units) * value * (1 + ScanError);
        var nearest = Math.Abs(contribution.Nearest);
        var total = gross * (1 - ScanError);
        var excess = total - (support.Rows * nearest * (1 + ScanError));
        var excessOfRow = Math.Max(0, largest - nearest) + (largest * ScanError);
        return 100 * (excess - Most(1 + Coalition, excessOfRow)) >= PPercent * Most(1, largest)
            && (DominancePercent >= 100 || 100 * Most(DominanceN, largest) <= DominancePercent * total)
            && (contribution.ZeroHarmless || excess > Most(MinSpread - 1, excessOfRow));
    }

    /// <summary>The first rule other than the threshold that exact contributions break; null for none.</summary>
    public ReleaseRule? BrokenBy(Contribution contribution, UnitTotals totals)
    {
        var exact = totals.Integral && double.IsInteger(contribution.Nearest) && totals.Gross < ExactBelow && totals.Excess < ExactBelow;
        var margin = exact ? 0 : 100 * RecountError * totals.Gross;
        if (!IsAtLeast(100, totals.Excess - totals.LargestExcess, PPercent, totals.Largest, margin))
        {
            return ReleaseRule.PPercent;
        }

        if (DominancePercent < 100 && !IsAtLeast(DominancePercent, totals.Gross, 100, totals.LargestN, margin))
        {
            return ReleaseRule.Dominance;
        }

        return contribution.ZeroHarmless || totals.UnitsOffNearest >= MinSpread ? null : ReleaseRule.Spread;
    }

    /// <summary>Whether a histogram keeps rule 6: every bin stands on enough units, and p% holds with x counted from the lower edge of its bin.</summary>
    public bool MayRelease(RawHistogram histogram) => histogram.Bins.Count == 1
        || (histogram.Bins.All(bin => bin.Units >= MinUnits)
            && (100 * (histogram.Excess - histogram.LargestExcess)) - (PPercent * histogram.Largest) >= 100 * histogram.Margin);

    /// <summary>Whether a·x ≥ b·y. Without a margin x and y are whole and exact, and so is the comparison; NaN never passes.</summary>
    private static bool IsAtLeast(double a, double x, double b, double y, double margin)
    {
        if (margin > 0 || !(Math.Abs(x) < ExactBelow) || !(Math.Abs(y) < ExactBelow))
        {
            return (a * x) - (b * y) >= margin;
        }

        return (decimal)a * (decimal)x >= (decimal)b * (decimal)y;
    }

    private static int OrDefault(int? value, int otherwise) => value is > 0 ? value.Value : otherwise;

    private static double OrDefault(double? value, double otherwise) => value is > 0 ? value.Value : otherwise;
}
