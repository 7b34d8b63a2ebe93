namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Between the numbers that values have in an index of atoms (their rank among all labels) and in a table (their position among those it
/// names). Both are in the order of texts, so that description order is the same.
/// </summary>
internal static class LabelMap
{
    /// <summary>Labels by rank.</summary>
    public static string?[] Sorted(DimensionLayout dimension)
    {
        string?[] sorted = [.. dimension.Labels];
        Array.Sort(sorted, string.CompareOrdinal);
        return sorted;
    }

    /// <summary>The dimensions of a table with these descriptions, and per dimension the position in the table of every rank.</summary>
    public static (TableDimension[] Dimensions, int[][] PositionOf) ForTable(TableLayout layout, IReadOnlyList<DraftBlock> blocks)
    {
        var (dimensions, positions) = (new TableDimension[layout.Dimensions.Count], new int[layout.Dimensions.Count][]);
        for (var i = 0; i < dimensions.Length; i++)
        {
            var sorted = Sorted(layout.Dimensions[i]);
            var used = new bool[sorted.Length];
            foreach (var block in blocks)
            {
                if (block.Description[i] != Descriptions.Any)
                {
                    used[block.Description[i]] = true;
                }
            }

            var labels = new List<string?>();
            positions[i] = new int[sorted.Length];
            for (var rank = 0; rank < sorted.Length; rank++)
            {
                positions[i][rank] = -1;
                if (used[rank] || layout.Dimensions[i].Closed)
                {
                    positions[i][rank] = labels.Count;
                    labels.Add(sorted[rank]);
                }
            }

            dimensions[i] = new(layout.Dimensions[i].Name, labels, layout.Dimensions[i].Closed);
        }

        return (dimensions, positions);
    }

    /// <summary>Per dimension of the table, the rank in the layout of every label.</summary>
    /// <exception cref="ArgumentException">Another table's dimensions, or a layout without a label that the table names.</exception>
    public static int[][] RanksIn(TableLayout layout, SafeTable table)
    {
        if (!layout.Dimensions.Select(dimension => dimension.Name).SequenceEqual(table.Dimensions.Select(dimension => dimension.Name)))
        {
            throw new ArgumentException("The table has other dimensions than the layout.");
        }

        return [.. layout.Dimensions.Zip(table.Dimensions, (dimension, own) =>
        {
            var sorted = Sorted(dimension);
            return own.Labels.Select(label => Array.BinarySearch(sorted, label, StringComparer.Ordinal) is var rank && rank >= 0
                ? rank
                : throw new ArgumentException("The layout lacks a label that the table names.")).ToArray();
        })];
    }

    public static int[] Translate(IReadOnlyList<int> description, int[][] to)
    {
        var translated = new int[description.Count];
        for (var i = 0; i < translated.Length; i++)
        {
            translated[i] = description[i] == Descriptions.Any ? Descriptions.Any : to[i][description[i]];
        }

        return translated;
    }
}
