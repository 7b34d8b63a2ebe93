namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Some blocks of a table and the whole value blocks over them. Whatever blocks are chosen and whoever chooses, their unions are unions of
/// the table's blocks, so an excerpt tells nothing that the table does not.
/// </summary>
public static class TableExcerpt
{
    /// <summary>The blocks of these descriptions; value blocks with a member that is left out are left out.</summary>
    public static SafeTable Of(SafeTable table, Func<IReadOnlyList<int>, bool> takes)
    {
        var (kept, place) = (new List<CountBlock>(), new int[table.CountBlocks.Count]);
        for (var block = 0; block < place.Length; block++)
        {
            place[block] = takes(table.CountBlocks[block].Description) ? kept.Count : -1;
            if (place[block] >= 0)
            {
                kept.Add(table.CountBlocks[block]);
            }
        }

        return new SafeTable(
            table.Rules, table.Dimensions, table.Measures, table.Pairs, table.RowsAreUnits, table.UnitIsRow, kept,
            [.. table.Layers.Select(layer => layer with
            {
                Blocks =
                [
                    .. layer.Blocks.Where(block => block.Members.All(member => place[member] >= 0))
                        .Select(block => block with { Members = [.. block.Members.Select(member => place[member])] }),
                ],
            })]);
    }
}
