namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Answers out of a safe table and its segments, and nothing else: two datasets with one table have one answer to everything. A block
/// counts in a cell that all of it lies in, and is withheld from every cell that it may cross.
/// </summary>
public sealed class SafeTableQuery
{
    private readonly IReadOnlyList<SafeTable> _tables;

    /// <param name="tables">A table, then the segments that were admitted to it, which have its dimensions and measures.</param>
    public SafeTableQuery(params IReadOnlyList<SafeTable> tables)
    {
        if (tables.Count == 0 || tables.Any(table => !HasShapeOf(table, tables[0])))
        {
            throw new ArgumentException("Segments have the dimensions and measures of their table.");
        }

        _tables = tables;
    }

    /// <summary>One cell.</summary>
    public CellAnswer Answer(CellFilter cell) => Group(cell, [])[0];

    /// <summary>A cell per group in which at least one block lies, in the order of their keys; without keys the one cell of all.</summary>
    public IReadOnlyList<CellAnswer> Group(CellFilter where, IReadOnlyList<GroupKey> keys)
    {
        var cells = new CellCollection(_tables[0], keys, where.Dimensions);
        var places = _tables.Select(table => Places(table, where, keys, cells)).ToArray();
        for (var i = 0; i < _tables.Count; i++)
        {
            cells.Add(_tables[i], places[i]);
        }

        return cells.Answers();
    }

    private static CellCollection.Place[] Places(SafeTable table, CellFilter where, IReadOnlyList<GroupKey> keys, CellCollection cells)
    {
        var places = new CellCollection.Place[table.CountBlocks.Count];
        for (var block = 0; block < places.Length; block++)
        {
            var description = table.CountBlocks[block].Description;
            var position = where.Of(table, description);
            int[] key = [.. keys.Select(part => ClassOf(table, part, description[part.Dimension]))];
            var inside = position == CellFilter.Position.Inside && !key.Contains(Descriptions.Any);
            places[block] = new(inside ? cells.NumberOf(key) : -1, key, position != CellFilter.Position.Outside);
        }

        return places;
    }

    private static int ClassOf(SafeTable table, GroupKey key, int value)
    {
        if (value != Descriptions.Any)
        {
            return key.ClassOfLabel[value];
        }

        var only = key.ClassOfLabel.Distinct().Take(2).ToArray();
        return table.Dimensions[key.Dimension].Closed && only.Length == 1 ? only[0] : Descriptions.Any;
    }

    private static bool HasShapeOf(SafeTable table, SafeTable first) =>
        table.Measures.SequenceEqual(first.Measures) && table.Pairs.SequenceEqual(first.Pairs) && table.Layers.Count == first.Layers.Count
        && table.Dimensions.Count == first.Dimensions.Count
        && table.Dimensions.Zip(first.Dimensions).All(pair => pair.First.Name == pair.Second.Name && pair.First.Labels.SequenceEqual(pair.Second.Labels));
}
