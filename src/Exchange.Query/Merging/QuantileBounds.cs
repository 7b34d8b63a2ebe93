using Exchange.Query.Execution;

namespace Exchange.Query.Merging;

/// <summary>
/// Bounds of a quantile out of bins. Every value lies between the edges of its bin, and sorting keeps that so: the value of a rank is
/// not below the lower edge of that rank, nor above the upper. A continuous quantile is interpolated between two neighbours, and so are
/// its bounds; where counts are rounded, the ranks are not known, and the bounds are edges that hold whatever the counts are.
/// </summary>
internal sealed class QuantileBounds
{
    private readonly (double Edge, long Count, long Error)[] _lows;
    private readonly (double Edge, long Count, long Error)[] _highs;
    private readonly long _count;
    private readonly bool _exact;
    private readonly int? _scale;

    /// <param name="bins">Of one cell, from all blocks and owners; at least one value.</param>
    /// <param name="scale">Digits behind the point of decimals, whose quantile SQL cuts to as many; null for others.</param>
    public QuantileBounds(IReadOnlyList<ValueBin> bins, int? scale)
    {
        _lows = Sorted(bins, bin => bin.Low);
        _highs = Sorted(bins, bin => bin.High);
        _count = bins.Sum(bin => bin.Count);
        _exact = bins.All(bin => bin.Error == 0);
        _scale = scale;
    }

    /// <summary>Bounds of the quantile; null without values.</summary>
    public FigureBounds? Of(double fraction)
    {
        if (_count == 0)
        {
            return null;
        }

        var bounds = _exact ? Interpolated(fraction) : OfAnyCounts(fraction);
        return _scale is { } scale ? bounds with { Low = CutDown(bounds.Low, scale) } : bounds;
    }

    private FigureBounds Interpolated(double fraction)
    {
        var rank = fraction * (_count - 1);
        var below = Math.Clamp((long)Math.Floor(rank), 0, _count - 1);
        var (next, share) = (Math.Min(below + 1, _count - 1), rank - below);
        var (low, high) = (Ranked(_lows, below), Ranked(_highs, below));
        var (nextLow, nextHigh) = (Ranked(_lows, next), Ranked(_highs, next));

        // Whoever interpolates rounds in a way of his own: a few units in the last place are left for that, within the neighbours' edges.
        return share == 0
            ? new FigureBounds(low, high)
            : new FigureBounds(
                Math.Max(low, low + ((nextLow - low) * share) - Slack(low, nextLow)),
                Math.Min(nextHigh, high + ((nextHigh - high) * share) + Slack(high, nextHigh)));
    }

    private static double Slack(double one, double other) => 1e-14 * (Math.Abs(one) + Math.Abs(other));

    /// <summary>With S values up to an edge and T above it, that of rank k lies above where S is at most k, which is fraction · (S + T − 1).</summary>
    private FigureBounds OfAnyCounts(double fraction)
    {
        var low = _lows[0].Edge;
        for (var i = 0; i + 1 < _lows.Length; i++)
        {
            var (most, least) = (_lows.Take(i + 1).Sum(bin => bin.Count + bin.Error), _lows.Skip(i + 1).Sum(bin => Math.Max(0, bin.Count - bin.Error)));
            if (most > Math.Floor(fraction * (most + least - 1)))
            {
                break;
            }

            low = _lows[i + 1].Edge;
        }

        var high = _highs[^1].Edge;
        for (var i = _highs.Length - 2; i >= 0; i--)
        {
            var (least, most) = (_highs.Take(i + 1).Sum(bin => Math.Max(0, bin.Count - bin.Error)), _highs.Skip(i + 1).Sum(bin => bin.Count + bin.Error));
            if (least < Math.Ceiling(fraction * (least + most - 1)) + 1)
            {
                break;
            }

            high = _highs[i].Edge;
        }

        return new FigureBounds(low, high);
    }

    private static (double Edge, long Count, long Error)[] Sorted(IReadOnlyList<ValueBin> bins, Func<ValueBin, double> edge) =>
    [
        .. bins.Where(bin => bin.Count + bin.Error > 0).GroupBy(edge).OrderBy(same => same.Key)
            .Select(same => (same.Key, same.Sum(bin => bin.Count), same.Sum(bin => bin.Error))),
    ];

    private static double Ranked((double Edge, long Count, long Error)[] edges, long rank)
    {
        var below = 0L;
        foreach (var (edge, count, _) in edges)
        {
            below += count;
            if (below > rank)
            {
                return edge;
            }
        }

        return edges[^1].Edge;
    }

    /// <summary>A number cut to so many digits, as SQL cuts a quantile of decimals.</summary>
    internal static double CutDown(double value, int scale)
    {
        var power = Math.Pow(10, Math.Min(scale, 22));
        var scaled = value * power;
        return Math.Abs(scaled) < 1L << 53 ? Math.Min(value, Math.Floor(scaled) / power) : value;
    }
}
