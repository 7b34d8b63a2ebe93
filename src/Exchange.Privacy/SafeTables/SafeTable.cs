namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Everything that can ever leave a dataset in the release class <c>table</c>. What any number of askers can compute from all answers is a
/// function of it, and every union of its blocks passes rules 1 to 4. Immutable; made by <see cref="SafeTableBuilder"/> or read by
/// <see cref="SafeTableCodec"/>.
/// </summary>
public sealed class SafeTable
{
    internal SafeTable(
        TableRules rules, IReadOnlyList<TableDimension> dimensions, IReadOnlyList<TableMeasure> measures, IReadOnlyList<TablePair> pairs,
        bool rowsAreUnits, bool unitIsRow, IReadOnlyList<CountBlock> countBlocks, IReadOnlyList<ValueLayer> layers)
    {
        (Rules, Dimensions, Measures, Pairs) = (rules, dimensions, measures, pairs);
        (RowsAreUnits, UnitIsRow, CountBlocks, Layers) = (rowsAreUnits, unitIsRow, countBlocks, layers);
    }

    /// <summary>The rules it was made under.</summary>
    public TableRules Rules { get; }

    /// <summary>In order of importance.</summary>
    public IReadOnlyList<TableDimension> Dimensions { get; }

    /// <summary>The published measures.</summary>
    public IReadOnlyList<TableMeasure> Measures { get; }

    /// <summary>Pairs that may have cross products.</summary>
    public IReadOnlyList<TablePair> Pairs { get; }

    /// <summary>Whether every unit has one row in its block, so that units count rows; otherwise one layer has the row count.</summary>
    public bool RowsAreUnits { get; }

    /// <summary>Whether each row is its own unit, so that no unit is in two blocks.</summary>
    public bool UnitIsRow { get; }

    /// <summary>A partition of the rows, in description order; empty where nothing may be published.</summary>
    public IReadOnlyList<CountBlock> CountBlocks { get; }

    /// <summary>Partitions of the count blocks.</summary>
    public IReadOnlyList<ValueLayer> Layers { get; }
}
