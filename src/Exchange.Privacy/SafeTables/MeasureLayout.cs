namespace Exchange.Privacy.SafeTables;

/// <summary>A measure of a table, and what leaves of it.</summary>
public sealed record MeasureLayout
{
    /// <summary>Most bins of the grid.</summary>
    public const int BinsMax = 10_000;

    private double[]? _edges;

    /// <summary>The column, or the name of the derived measure.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public MeasureUse Use { get; init; } = MeasureUse.Published;

    /// <summary>Digits behind the point of an int (0) or decimal, whose amounts are exact and unscaled; null for doubles.</summary>
    public int? Scale { get; init; } = 0;

    /// <summary>Declared bounds of a row's value, null where none are declared.</summary>
    public double? Low { get; init; }

    /// <inheritdoc cref="Low"/>
    public double? High { get; init; }

    /// <summary>That everybody has 0 tells nothing about a member (rain).</summary>
    public bool ZeroHarmless { get; init; }

    /// <summary>Two values: rule 4 then asks for min_units instead of min_spread.</summary>
    public bool YesNo { get; init; }

    /// <summary>Whether sums of squares leave, in blocks that pass rule 5.</summary>
    public bool Squares { get; init; }

    /// <summary>Distance of a histogram's inner edges, null for none. Needs bounds.</summary>
    public double? Step { get; init; }

    /// <summary>The value layer: measures of different layers cannot be computed from each other.</summary>
    public int Layer { get; init; }

    /// <summary>The point of the declared bounds nearest to zero, from which rule 2 counts: what everybody knows of every row.</summary>
    public double NearestToZero => Low > 0 ? Low.Value : High < 0 ? High.Value : 0;

    /// <summary><see cref="NearestToZero"/> in the unscaled numbers of an exact measure, away from zero: no value within the bounds lies nearer.</summary>
    public Int128 NearestToZeroUnscaled => Low > 0 ? Bounds.UnscaledUp(Low.Value, Scale ?? 0) : High < 0 ? Bounds.Unscaled(High.Value, Scale ?? 0) : 0;

    /// <summary>Edges of the finest histogram: the bounds, and between them the multiples of the step. Bin i is [edge i, edge i + 1), the last closed.</summary>
    public IReadOnlyList<double> Edges => _edges ??= EdgesOf();

    /// <summary>The bin of a value within the bounds.</summary>
    public int BinOf(double value)
    {
        var found = Array.BinarySearch((double[])Edges, value);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, Edges.Count - 2);
    }

    internal bool Floating => Scale is null;

    internal void Require(int layers)
    {
        if (Layer < 0 || Layer >= layers)
        {
            throw new ArgumentException($"The layers of measures are numbered from 0 without gaps; {Name} has {Layer}.");
        }

        if (Low > High || (Low is { } low && !double.IsFinite(low)) || (High is { } high && !double.IsFinite(high)) || Scale is < 0 or > 38)
        {
            throw new ArgumentException($"The measure {Name} has no valid bounds or scale.");
        }

        if (Step is { } step && (Low is null || High is null || !(step > 0) || (High - Low) / step > BinsMax))
        {
            throw new ArgumentException($"A histogram of {Name} needs bounds, and a step that leaves at most {BinsMax} bins.");
        }

        if (Use != MeasureUse.Published && (Squares || Step is not null))
        {
            throw new ArgumentException($"Squares and histograms leave only of published measures; {Name} is not one.");
        }
    }

    private double[] EdgesOf()
    {
        if (Step is not { } step || Low is not { } low || High is not { } high)
        {
            return [];
        }

        var edges = new List<double> { low };
        for (var number = Math.Floor(low / step) + 1; number * step < high; number++)
        {
            if (number * step > edges[^1])
            {
                edges.Add(number * step);
            }
        }

        edges.Add(high);
        return [.. edges];
    }
}
