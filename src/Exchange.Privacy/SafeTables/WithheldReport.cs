namespace Exchange.Privacy.SafeTables;

/// <summary>
/// What a table costs, for its owner to see before it is published: by each dimension and each pair of dimensions, how much stands in
/// blocks that are pooled over them. It is a function of the table.
/// </summary>
/// <param name="Single">By each dimension.</param>
/// <param name="Pairs">By each pair.</param>
public sealed record WithheldReport(IReadOnlyList<WithheldShare> Single, IReadOnlyList<WithheldShare> Pairs)
{
    /// <summary>The report of a table.</summary>
    public static WithheldReport Of(SafeTable table)
    {
        var all = Enumerable.Range(0, table.Dimensions.Count).ToArray();
        return new(
            [.. all.Select(dimension => Share(table, [dimension]))],
            [.. all.SelectMany(first => all.Where(second => second > first).Select(second => Share(table, [first, second])))]);
    }

    private static WithheldShare Share(SafeTable table, int[] dimensions)
    {
        var total = table.CountBlocks.Sum(block => block.UnitsMost);
        var counts = table.CountBlocks.Where(block => IsPooled(block.Description, dimensions)).Sum(block => block.UnitsMost);
        var values = table.Layers.Select(layer => layer.Blocks
            .Where(block => block.Withheld || IsPooled(block.Description, dimensions))
            .Sum(block => block.Members.Sum(member => table.CountBlocks[member].UnitsMost)));
        return new(dimensions, Part(counts), [.. values.Select(Part)]);

        double Part(long units) => total == 0 ? 1 : (double)units / total;
    }

    private static bool IsPooled(IReadOnlyList<int> description, int[] dimensions) => dimensions.Any(dimension => description[dimension] == Descriptions.Any);
}
