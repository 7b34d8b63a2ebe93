namespace Exchange.Query.Rules;

/// <summary>The rows behind a sum of squares, counted exactly.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Sum">Σx.</param>
/// <param name="Squares">Σx².</param>
/// <param name="Least">The smallest x.</param>
/// <param name="Greatest">The largest x.</param>
public sealed record RowDeviations(long Rows, double Sum, double Squares, double Least, double Greatest)
{
    /// <summary>Of compensated sums.</summary>
    private const double SumError = 1e-11;

    /// <summary>
    /// Whether no row has more than the share of the squared deviations, for certain. Where all rows are alike nothing deviates, and
    /// the variance would tell everybody's value.
    /// </summary>
    public bool AreSpread(double shareMax)
    {
        var mean = Sum / Rows;
        var deviations = Squares - (mean * Sum) - (SumError * (Squares + Math.Abs(mean * Sum)));
        var farthest = Math.Max(Greatest - mean, mean - Least) + (SumError * Math.Abs(mean));
        return deviations > 0 && farthest * farthest <= shareMax * deviations;
    }
}
