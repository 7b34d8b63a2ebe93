namespace Exchange.Privacy.SafeTables;

/// <summary>Count, mean and squared deviations of one measure over blocks.</summary>
/// <param name="Values">Rows with a value.</param>
/// <param name="Mean">Their mean; 0 where there are none.</param>
/// <param name="SquaredDeviations">Σ(x − mean)².</param>
public readonly record struct Moments(long Values, double Mean, double SquaredDeviations)
{
    /// <summary>Divided by the number of values; null without any.</summary>
    public double? VariancePopulation => Values > 0 ? SquaredDeviations / Values : null;

    /// <summary>Divided by one less; null with fewer than two values.</summary>
    public double? VarianceSample => Values > 1 ? SquaredDeviations / (Values - 1) : null;

    internal static Moments Of(MeasureFigures figures, int? scale) =>
        new(figures.Values, figures.Values == 0 ? 0 : figures.Sum.ToDouble(scale) / figures.Values, figures.SquaredDeviations ?? 0);

    /// <summary>By Chan's update, which never subtracts large numbers of each other (Chan, Golub, LeVeque 1979).</summary>
    internal static Moments OfParts(IEnumerable<Moments> parts)
    {
        var all = new Moments();
        foreach (var part in parts)
        {
            var count = all.Values + part.Values;
            if (part.Values > 0)
            {
                var (apart, share) = (part.Mean - all.Mean, (double)part.Values / count);
                all = new(count, all.Mean + apart * share, all.SquaredDeviations + part.SquaredDeviations + apart * apart * all.Values * share);
            }
        }

        return all;
    }
}
