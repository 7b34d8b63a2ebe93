namespace Exchange.Privacy.SafeTables;

/// <summary>
/// What a table says of one cell. It says what is in it and the whole size of what touches it, never how much of that lies in the cell:
/// that would be the count of an atom.
/// </summary>
public sealed class CellAnswer
{
    internal CellAnswer(IReadOnlyList<int> key, long unitsLeast, long unitsMost, long touchingUnits, long? rows, long rowsTouchingUnits, long rowsCoveredUnits,
        IReadOnlyList<MeasureAnswer> measures, IReadOnlyList<Comoments?> pairs, IReadOnlyList<int>? coarser)
    {
        (Key, UnitsLeast, UnitsMost, TouchingUnits) = (key, unitsLeast, unitsMost, touchingUnits);
        (Rows, RowsTouchingUnits, RowsCoveredUnits) = (rows, rowsTouchingUnits, rowsCoveredUnits);
        (Measures, Pairs, CoarserGrouping) = (measures, pairs, coarser);
    }

    /// <summary>The group's number per key.</summary>
    public IReadOnlyList<int> Key { get; }

    /// <summary>Distinct units in the cell, at least: those of its largest block.</summary>
    public long UnitsLeast { get; }

    /// <summary>Distinct units of the blocks in the cell, at most: their sum. More would tell how many are in two.</summary>
    public long UnitsMost { get; }

    /// <summary>The whole size of the count blocks that touch the cell: up to so many more units.</summary>
    public long TouchingUnits { get; }

    /// <summary>Rows of the blocks in the cell; null where none lies in it.</summary>
    public long? Rows { get; }

    /// <summary>The whole size of the blocks that touch the cell where rows are counted.</summary>
    public long RowsTouchingUnits { get; }

    /// <summary>Units of the blocks whose rows are counted, added up over blocks.</summary>
    public long RowsCoveredUnits { get; }

    /// <summary>Per measure of the table.</summary>
    public IReadOnlyList<MeasureAnswer> Measures { get; }

    /// <summary>Per pair of the table, over the blocks that have a cross product; null where none in the cell has.</summary>
    public IReadOnlyList<Comoments?> Pairs { get; }

    /// <summary>
    /// The dimensions of the question that it can keep for all blocks that touch the cell to lie in a larger one; null where none touches.
    /// </summary>
    public IReadOnlyList<int>? CoarserGrouping { get; }
}
