namespace Exchange.Privacy.SafeTables;

/// <summary>Moments of two measures over the same rows, and how they vary together.</summary>
/// <param name="First">Of the first measure.</param>
/// <param name="Second">Of the second.</param>
/// <param name="CrossDeviations">Σ(x − mean x)(y − mean y).</param>
public readonly record struct Comoments(Moments First, Moments Second, double CrossDeviations)
{
    /// <summary>Divided by the number of rows; null without any.</summary>
    public double? CovariancePopulation => First.Values > 0 ? CrossDeviations / First.Values : null;

    /// <summary>Divided by one less; null with fewer than two rows.</summary>
    public double? CovarianceSample => First.Values > 1 ? CrossDeviations / (First.Values - 1) : null;

    /// <summary>Pearson's; null with fewer than two rows or where a measure does not vary.</summary>
    public double? Correlation => First.Values > 1 && First.SquaredDeviations > 0 && Second.SquaredDeviations > 0
        ? Math.Clamp(CrossDeviations / Math.Sqrt(First.SquaredDeviations) / Math.Sqrt(Second.SquaredDeviations), -1, 1)
        : null;

    internal static Comoments Of(MeasureFigures first, int? firstScale, MeasureFigures second, int? secondScale, double crossDeviations) =>
        new(Moments.Of(first, firstScale), Moments.Of(second, secondScale), crossDeviations);

    internal static Comoments OfParts(IEnumerable<Comoments> parts)
    {
        var all = new Comoments();
        foreach (var part in parts)
        {
            if (part.First.Values > 0)
            {
                var share = (double)part.First.Values / (all.First.Values + part.First.Values);
                var cross = all.CrossDeviations + part.CrossDeviations
                    + (part.First.Mean - all.First.Mean) * (part.Second.Mean - all.Second.Mean) * all.First.Values * share;
                all = new(Moments.OfParts([all.First, part.First]), Moments.OfParts([all.Second, part.Second]), cross);
            }
        }

        return all;
    }
}
