namespace Exchange.Privacy.SafeTables;

/// <summary>What a table says of one measure in one cell: exact figures of the blocks that lie in it.</summary>
public sealed class MeasureAnswer
{
    private readonly TableMeasure _measure;
    private readonly ArraySegment<ValueBlock> _blocks;
    private readonly int _position;

    internal MeasureAnswer(TableMeasure measure, ArraySegment<ValueBlock> blocks, int position, long touchingUnits, long coveredUnits) =>
        (_measure, _blocks, _position, TouchingUnits, CoveredUnits) = (measure, blocks, position, touchingUnits, coveredUnits);

    /// <summary>Rows with a value.</summary>
    public long Values
    {
        get
        {
            var values = 0L;
            foreach (var block in _blocks)
            {
                values += block.Figures![_position].Values;
            }

            return values;
        }
    }

    /// <summary>Their sum; null where no block lies in the cell.</summary>
    public Amount? Sum
    {
        get
        {
            Amount? sum = null;
            foreach (var block in _blocks)
            {
                var own = block.Figures![_position].Sum;
                sum = sum is { } before ? Amount.Add(before, own) : own;
            }

            return sum;
        }
    }

    /// <summary>Their mean; null without values.</summary>
    public double? Mean => Values is var values && values == 0 ? null : Sum!.Value.ToDouble(_measure.Scale) / values;

    /// <summary>The whole size of the blocks that touch the cell, or lie in it without values: up to so many more units.</summary>
    public long TouchingUnits { get; }

    /// <summary>Units of the blocks in its figures, added up over blocks.</summary>
    public long CoveredUnits { get; }

    /// <summary>Count, mean and squared deviations of the blocks that have squares; its count says how many rows that is.</summary>
    public Moments Moments => Moments.OfParts(Parts.Where(part => part.SquaredDeviations is not null).Select(part => Moments.Of(part, _measure.Scale)));

    /// <summary>Bounds of the smallest value; null where a block of the cell has no histogram, or there is no value.</summary>
    public Interval? Least => OrderStatistic(0);

    /// <summary>Bounds of the largest value.</summary>
    public Interval? Greatest => Histograms() is { } bins ? OrderStatistic(bins.Sum(bin => bin.Count) - 1) : null;

    /// <summary>Bounds of the continuous quantile (QUANTILE_CONT; 0.5 is the median).</summary>
    /// <param name="fraction">From 0 to 1.</param>
    public Interval? Quantile(double fraction)
    {
        if (Histograms() is not { } bins || bins.Sum(bin => bin.Count) is var count && count == 0)
        {
            return null;
        }

        var rank = fraction * (count - 1);
        var below = Math.Clamp((long)Math.Floor(rank), 0, count - 1);
        var (one, next, share) = (OrderStatistic(below)!.Value, OrderStatistic(Math.Min(below + 1, count - 1))!.Value, rank - below);
        return new(one.Low + (next.Low - one.Low) * share, one.High + (next.High - one.High) * share);
    }

    /// <summary>
    /// The value with that rank lies between the lower and the upper edge with that rank: every value lies between the edges of its bin, and
    /// sorting keeps that so.
    /// </summary>
    private Interval? OrderStatistic(long rank)
    {
        if (Histograms() is not { } bins || rank < 0 || rank >= bins.Sum(bin => bin.Count))
        {
            return null;
        }

        return new(Ranked(bins.Select(bin => (bin.Low, bin.Count)), rank), Ranked(bins.Select(bin => (bin.High, bin.Count)), rank));
    }

    private static double Ranked(IEnumerable<(double Edge, long Count)> edges, long rank)
    {
        var (found, below) = (0.0, 0L);
        foreach (var (edge, count) in edges.Where(edge => edge.Count > 0).OrderBy(edge => edge.Edge))
        {
            found = edge;
            below += count;
            if (below > rank)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The bins of all blocks of the cell, those with the same edges together; null where a block has no histogram.</summary>
    public IReadOnlyList<HistogramBin>? Bins => Histograms()?
        .GroupBy(bin => (bin.Low, bin.High)).OrderBy(same => same.Key)
        .Select(same => new HistogramBin(same.Key.Low, same.Key.High, same.Sum(bin => bin.Count), same.Count())).ToList();

    private IEnumerable<MeasureFigures> Parts => _blocks.Select(block => block.Figures![_position]);

    private List<(double Low, double High, long Count)>? Histograms() => Parts.Any(part => part.Histogram is null)
        ? null
        : [.. Parts.SelectMany(part => part.Histogram!.Counts.Select((count, bin) => (part.Histogram.Edges[bin], part.Histogram.Edges[bin + 1], count)))];
}
