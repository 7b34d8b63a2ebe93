namespace Exchange.Query.Rules;

/// <summary>What stands behind a <see cref="Contribution"/> in one cell.</summary>
/// <param name="Gross">Σ|x| as the scan added it up, right to a millionth of it.</param>
/// <param name="Units">Null when the engine did not look, because how large a unit can be at all settles it.</param>
public readonly record struct GrossTotal(double Gross, UnitTotals? Units)
{
    /// <summary>Of squares, how far apart the scan found the rows; null where it did not look.</summary>
    public RowSpread? Rows { get; init; }
}
