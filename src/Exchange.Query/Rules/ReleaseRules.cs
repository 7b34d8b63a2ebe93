using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Rules;

/// <summary>
/// The owner's rules for one figure. Threshold: at least <c>min_units</c> units. p%: T − x₁ − (the next <c>coalition</c>) ≥ p·x₁, where
/// the left side counts from the point of the declared bounds nearest to zero, since so much of each value everybody knows; so no
/// unit and no coalition of so many others can tell another unit's contribution to within p%. (n,k): the n largest make up at most k
/// of T. Spread: at least <c>min_spread</c> units have a value other than the one nearest to zero, for a total of nothing else tells everybody's.
/// Squares and products: p% with (1 + p)² − 1, and so on with more factors, since an estimate of x² to within 2p + p² is one of x to within p;
/// and of squares, no row makes up more than 70% of the squared deviations, which are the variance.
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

    /// <summary>Rule 5: the most that one row may make up of the squared deviations.</summary>
    private const double DeviationShareMax = 0.7;

    /// <summary>Of a plain sum over up to 10^9 rows, and to spare.</summary>
    private const double ScanError = 1e-6;

    /// <summary>The rules of an offer; a key without a value means what an offer that does not say it means.</summary>
    public static ReleaseRules Of(Disclosure? written) => new(
        OrDefault(written?.MinUnits, 10), OrDefault(written?.DominanceN, 2), OrDefault(written?.DominancePercent, 90),
        OrDefault(written?.PPercent, 10), OrDefault(written?.Coalition, 1), OrDefault(written?.MinSpread, 3));

    /// <summary>Whether the rows stand for nobody or for enough units; n·R rows hold at least n units, whoever they are.</summary>
    public bool HasEnoughUnits(SupportCount support, long rowsPerUnitMax) => support.Rows == 0
        || (support.Units is { } units ? units >= MinUnits : support.Rows >= (Int128)MinUnits * rowsPerUnitMax);

    /// <summary>
    /// Rule 4 for missing values: nobody lacks one, or <c>min_spread</c> units have a row that does. For a count of rows beside one of
    /// values would tell that somebody lacks it.
    /// </summary>
    /// <param name="rows">Rows without a value.</param>
    /// <param name="units">Their units, where they were counted.</param>
    /// <param name="rowsPerUnitMax">R.</param>
    public bool MayLack(long rows, long? units, long rowsPerUnitMax) => rows == 0 || (units is { } counted ? counted >= MinSpread : rows >= (Int128)MinSpread * rowsPerUnitMax);

    /// <summary>Whether every rule but the threshold is kept whoever the rows belong to.</summary>
    /// <param name="contribution">What is added up.</param>
    /// <param name="total">Σ|x|, right to a millionth of it.</param>
    /// <param name="support">The rows.</param>
    /// <param name="magnitudeMax">No |x| is larger; null when nothing is known.</param>
    /// <param name="rowsPerUnitMax">R.</param>
    public bool AreSettled(Contribution contribution, GrossTotal total, SupportCount support, double? magnitudeMax, long rowsPerUnitMax)
    {
        if (support.Rows == 0)
        {
            return true;
        }

        if (magnitudeMax is not { } largest || !double.IsFinite(largest) || !double.IsFinite(total.Gross))
        {
            return false;
        }

        // Each of u units has a row, so m of them have at most rows − u + m.
        double Rows(int units) => (double)Int128.Min((Int128)units * rowsPerUnitMax, support.Units is { } all ? support.Rows - all + units : support.Rows);
        double Most(int units, double value) => Rows(units) * value * (1 + ScanError);
        var nearest = Math.Abs(contribution.Nearest);
        var gross = total.Gross * (1 - ScanError);
        var excess = gross - (support.Rows * nearest * (1 + ScanError));
        var excessOfRow = Math.Max(0, largest - nearest) + (largest * ScanError);
        return 100 * (excess - Most(1 + Coalition, excessOfRow)) >= PPercentOf(contribution) * Most(1, largest)
            && (DominancePercent >= 100 || 100 * Most(DominanceN, largest) <= DominancePercent * gross)
            && (contribution.ZeroHarmless || excess > Most(MinSpread - 1, excessOfRow))
            && (!HoldsDeviations(contribution) || (total.Rows is { } rows && AreSpread(rows, largest)));
    }

    /// <summary>Whether no row can be far enough from the mean to make up most of the deviations: no |x|² is larger than that.</summary>
    private static bool AreSpread(RowSpread rows, double squareMax)
    {
        var farthest = (Math.Sqrt(squareMax) + Math.Abs(rows.Mean)) * (1 + ScanError);
        return farthest * farthest <= DeviationShareMax * rows.Deviations * (1 - ScanError);
    }

    /// <summary>Squares; an owner who lets one unit make up all of a figure lets one row too.</summary>
    private bool HoldsDeviations(Contribution contribution) => contribution.Root.Count > 0 && DominancePercent < 100;

    private double PPercentOf(Contribution contribution) =>
        contribution.Degree <= 1 ? PPercent : 100 * (Math.Pow(1 + (PPercent / 100), contribution.Degree) - 1);

    /// <summary>
    /// How far a sum that breaks a rule must be able to lie from what it is: its protection levels are at most the p of its largest
    /// contribution, which is at most all of it, and what is missing to make the n largest k of it.
    /// </summary>
    public double ProtectionOf(Contribution contribution, double gross) =>
        gross == 0 ? double.Epsilon : gross * Math.Min(1, Math.Max(PPercentOf(contribution) / 100, (100 / DominancePercent) - 1));

    /// <summary>The first rule other than the threshold that exact contributions break; null for none.</summary>
    public ReleaseRule? BrokenBy(Contribution contribution, UnitTotals totals)
    {
        var exact = totals.Integral && double.IsInteger(contribution.Nearest) && totals.Gross < ExactBelow && totals.Excess < ExactBelow;
        var margin = exact ? 0 : 100 * RecountError * totals.Gross;
        if (!IsAtLeast(100, totals.Excess - totals.LargestExcess, PPercentOf(contribution), totals.Largest, margin))
        {
            return ReleaseRule.PPercent;
        }

        if (DominancePercent < 100 && !IsAtLeast(DominancePercent, totals.Gross, 100, totals.LargestN, margin))
        {
            return ReleaseRule.Dominance;
        }

        if (HoldsDeviations(contribution) && totals.Rows?.AreSpread(DeviationShareMax) != true)
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
