using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Products;

/// <summary>
/// The grid of a measure with a step: between its declared bounds, an edge at every multiple of the step, counted from zero. Bin i is
/// [edge i, edge i + 1), the last closed. Edges are the doubles <c>number · step</c>, so that every engine finds the same bin.
/// </summary>
public sealed class ValueGrid
{
    /// <summary>Most bins.</summary>
    public const int BinsMax = 10_000;

    private readonly double[] _edges;

    private ValueGrid(double step, double[] edges, double first) => (Step, _edges, FirstNumber) = (step, edges, first);

    /// <summary>Distance of inner edges.</summary>
    public double Step { get; }

    /// <summary>The step's number of the bin the lower bound is in: bin 0 is below <c>(FirstNumber + 1) · Step</c>.</summary>
    public double FirstNumber { get; }

    /// <summary>One more than bins, ascending.</summary>
    public IReadOnlyList<double> Edges => _edges;

    /// <summary>Bins.</summary>
    public int Count => _edges.Length - 1;

    /// <summary>The grid of a column; null where it has no step or no bounds of its own, or would have more bins than are allowed.</summary>
    public static ValueGrid? Of(Column column)
    {
        if (column.Role != ColumnRole.Measure || column.Definition is not { Step: > 0 and var step } || column.Bounds is not { } bounds
            || !((bounds.High - bounds.Low) / step <= BinsMax))
        {
            return null;
        }

        var edges = new List<double> { bounds.Low };
        var first = Math.Floor(bounds.Low / step);
        for (var number = first + 1; number * step < bounds.High; number++)
        {
            if (number * step > edges[^1])
            {
                edges.Add(number * step);
            }
        }

        edges.Add(bounds.High);
        return new ValueGrid(step, [.. edges], first);
    }

    /// <summary>The bin of a value; a value beyond the bounds is in the outer one.</summary>
    public int BinOf(double value)
    {
        var found = Array.BinarySearch(_edges, value);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, Count - 1);
    }
}
