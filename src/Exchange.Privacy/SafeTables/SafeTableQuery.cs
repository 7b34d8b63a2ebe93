namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Answers out of a safe table and its segments, and nothing else: two datasets with one table have one answer to everything. A block
/// counts in a cell that all of it lies in, and is withheld from every cell that it may cross.
/// </summary>
public sealed class SafeTableQuery
{
    private readonly Lazy<TableColumns> _columns;

    /// <param name="tables">A table, then the segments that were admitted to it, which have its dimensions and measures.</param>
    public SafeTableQuery(params IReadOnlyList<SafeTable> tables)
    {
        if (tables.Count == 0 || tables.Any(table => !HasShapeOf(table, tables[0])))
        {
            throw new ArgumentException("Segments have the dimensions and measures of their table.");
        }

        _columns = new(() => new TableColumns(tables));
    }

    /// <summary>One cell.</summary>
    public CellAnswer Answer(CellFilter cell) => Group(cell, [])[0];

    /// <summary>A cell per group in which at least one block lies, in the order of their keys; without keys the one cell of all.</summary>
    public IReadOnlyList<CellAnswer> Group(CellFilter where, IReadOnlyList<GroupKey> keys)
    {
        int[] asked = [.. where.Dimensions.Union(keys.Select(key => key.Dimension)).Order()];
        return new CellCollection(_columns.Value, new CellPlaces(_columns.Value, where, keys)).Answers(asked);
    }

    private static bool HasShapeOf(SafeTable table, SafeTable first) =>
        table.Measures.SequenceEqual(first.Measures) && table.Pairs.SequenceEqual(first.Pairs) && table.Layers.Count == first.Layers.Count
        && table.Dimensions.Count == first.Dimensions.Count
        && table.Dimensions.Zip(first.Dimensions).All(pair => pair.First.Name == pair.Second.Name && pair.First.Labels.SequenceEqual(pair.Second.Labels));
}
