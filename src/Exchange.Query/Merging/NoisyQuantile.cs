namespace Exchange.Query.Merging;

/// <summary>
/// Quantiles of a histogram with independent noise of one variance on every bin. With F(j) values below edge j, N in all and a fraction q,
/// D(j) = F(j) − q·N says on which side of the edge the quantile lies: at or above it where D(j) ≤ −q, at or below it where D(j) ≥ 1 − q. Its
/// noise has the variance σ²·((1 − q)²·j + q²·(bins − j)), whatever N is. Smallest and largest values are the quantiles 0 and 1.
/// </summary>
/// <remarks>
/// The interval holds the quantile with a probability of at least 95 %. Edges are tested from the outside inwards, each one-sided at 2.5 %, up
/// to the first that is not clear (fixed sequence testing, Westfall and Krishen 2001): an end is wrong only if the one edge next to the
/// quantile was taken for clear. That nobody is below an edge noise hardly ever shows, so the lower end of a smallest value is as a rule the
/// bound of the product, and so is the upper end of a largest. Noise is taken for normal, which the discrete Gaussian is not exceeding (Canonne, Kamath and
/// Steinke 2020, Corollary 17).
/// </remarks>
internal sealed class NoisyQuantile
{
    private readonly double[] _edges;
    private readonly double[] _below;
    private readonly double _variance;
    private readonly int? _scale;

    /// <param name="edges">One more than bins, ascending.</param>
    /// <param name="counts">Noisy values in each bin.</param>
    /// <param name="variance">Of the noise on one bin.</param>
    /// <param name="scale">Digits behind the point of decimals, whose quantile SQL cuts to as many; null for others.</param>
    public NoisyQuantile(double[] edges, long[] counts, double variance, int? scale)
    {
        (_edges, _variance, _scale) = (edges, variance, scale);
        _below = new double[edges.Length];
        for (var bin = 0; bin < counts.Length; bin++)
        {
            _below[bin + 1] = _below[bin] + counts[bin];
        }
    }

    /// <summary>The middle of the bin that is most likely the quantile's, and the interval. Its standard error is that of a normal distribution with as wide an interval.</summary>
    public (object Figure, FigureBounds Bounds) Of(double fraction)
    {
        var bins = _edges.Length - 1;
        var (low, high) = (0, bins);
        while (low < bins - 1 && At(low + 1, fraction) + (NoisyState.Z * ErrorAt(low + 1, fraction)) <= -fraction)
        {
            low++;
        }

        while (high > low + 1 && At(high - 1, fraction) - (NoisyState.Z * ErrorAt(high - 1, fraction)) >= 1 - fraction)
        {
            high--;
        }

        var bin = fraction switch
        {
            // The outermost that shows: beyond it, a few values would be lost in the noise.
            0 => high - 1,
            1 => low,
            _ => Math.Clamp(Enumerable.Range(1, bins).Count(edge => At(edge, fraction) < 0.5 - fraction), low, high - 1),
        };
        var bounds = new FigureBounds(_scale is { } scale ? QuantileBounds.CutDown(_edges[low], scale) : _edges[low], _edges[high]);
        return ((_edges[bin] / 2) + (_edges[bin + 1] / 2), bounds with { StdError = (bounds.High - bounds.Low) / (2 * NoisyState.Z), IsOfGrid = true });
    }

    private double At(int edge, double fraction) => _below[edge] - (fraction * _below[^1]);

    private double ErrorAt(int edge, double fraction) =>
        Math.Sqrt(_variance * (((1 - fraction) * (1 - fraction) * edge) + (fraction * fraction * (_edges.Length - 1 - edge))));
}
