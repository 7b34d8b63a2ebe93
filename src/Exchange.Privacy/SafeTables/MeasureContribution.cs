namespace Exchange.Privacy.SafeTables;

/// <summary>
/// What one unit's rows of one atom give to one measure. Rows whose value is NULL are not counted. Sums of doubles must not depend on
/// the order of rows, or the table does.
/// </summary>
public readonly record struct MeasureContribution
{
    /// <summary>Rows with a value.</summary>
    public int Values { get; init; }

    /// <summary>Σx.</summary>
    public Amount Sum { get; init; }

    /// <summary>Σ|x|: never a net sum.</summary>
    public Amount Gross { get; init; }

    /// <summary>Σ|x − z| with z the <see cref="MeasureLayout.NearestToZero"/>; not read where that is 0.</summary>
    public Amount FromNearest { get; init; }

    /// <summary>Σx², for exact measures at twice the scale; not read where the layout wants no squares, nor of one row.</summary>
    public Amount Squares { get; init; }

    /// <summary>The smallest value.</summary>
    public Amount Least { get; init; }

    /// <summary>The largest value.</summary>
    public Amount Greatest { get; init; }

    /// <summary>The contribution of one row.</summary>
    public static MeasureContribution OfRow(MeasureLayout measure, double value) => new()
    {
        Values = 1,
        Sum = value,
        Gross = Math.Abs(value),
        FromNearest = Math.Abs(value - measure.NearestToZero),
        Squares = value * value,
        Least = value,
        Greatest = value,
    };

    /// <summary>The contribution of one row of an exact measure, unscaled.</summary>
    public static MeasureContribution OfRow(MeasureLayout measure, Int128 value) => new()
    {
        Values = 1,
        Sum = value,
        Gross = Int128.Abs(value),
        FromNearest = Int128.Abs(value - measure.NearestToZeroUnscaled),
        Squares = measure.Squares ? checked(value * value) : 0,
        Least = value,
        Greatest = value,
    };
}
