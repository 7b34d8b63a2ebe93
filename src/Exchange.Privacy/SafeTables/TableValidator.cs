namespace Exchange.Privacy.SafeTables;

/// <summary>What every safe table is, as far as the table alone shows it.</summary>
internal static class TableValidator
{
    /// <exception cref="InvalidDataException">Not one.</exception>
    public static void Require(SafeTable table)
    {
        var rules = table.Rules;
        TableReader.Require(rules.MinUnits >= TableRules.MinUnitsLeast && rules.Coalition >= 1 && rules.DominanceUnits >= 1);
        TableReader.Require(rules.RoundTo <= rules.MinUnits && rules.MinSpread >= 1);
        TableReader.Require(table.Dimensions.All(dimension => dimension.Name is not null && Ascending(dimension.Labels, string.CompareOrdinal)));
        TableReader.Require(table.Measures.All(measure => measure.Name is not null && measure.Scale is null or <= 38 && !(measure.Low > measure.High)));
        TableReader.Require(table.Pairs.All(pair => pair.First < table.Measures.Count && pair.Second < table.Measures.Count));
        TableReader.Require(table.CountBlocks.All(block => block.UnitsMost >= block.UnitsLeast && IsDescription(block.Description, table)));
        TableReader.Require(table.CountBlocks.All(block => block.UnitsMost >= (rules.RoundTo > 1 ? 1 : rules.MinUnits)));
        for (var i = 1; i < table.CountBlocks.Count; i++)
        {
            TableReader.Require(Descriptions.Compare([.. table.CountBlocks[i - 1].Description], [.. table.CountBlocks[i].Description]) <= 0);
        }

        TableReader.Require(table.Layers.SelectMany(layer => layer.Measures).Order().SequenceEqual(Enumerable.Range(0, table.Measures.Count)));
        TableReader.Require(table.Layers.SelectMany(layer => layer.Pairs).Order().SequenceEqual(Enumerable.Range(0, table.Pairs.Count)));
        TableReader.Require(table.Layers.Count(layer => layer.HasRows) == (table.RowsAreUnits ? 0 : 1));
        foreach (var layer in table.Layers)
        {
            Require(layer, table);
        }
    }

    private static void Require(ValueLayer layer, SafeTable table)
    {
        TableReader.Require(layer.Blocks.SelectMany(block => block.Members).Order().SequenceEqual(Enumerable.Range(0, table.CountBlocks.Count)));
        foreach (var block in layer.Blocks)
        {
            TableReader.Require(block.Members.Count > 0 && Ascending(block.Members, Comparer<int>.Default.Compare) && IsDescription(block.Description, table));
            TableReader.Require(block.Members.All(member => Descriptions.Covers([.. block.Description], [.. table.CountBlocks[member].Description])));
            if (block.Figures is { } figures)
            {
                TableReader.Require(figures.Count == layer.Measures.Count && block.CrossDeviations.Count == layer.Pairs.Count && block.Rows is null == !layer.HasRows);
                TableReader.Require(figures.All(figure => figure.Values >= 0 && figure.SquaredDeviations is null or >= 0));
                TableReader.Require(figures.All(figure => figure.Histogram is not { } histogram
                    || (histogram.Counts.Count > 0 && histogram.Edges.Count == histogram.Counts.Count + 1 && histogram.Counts.All(count => count >= 0)
                        && Ascending(histogram.Edges, Comparer<double>.Default.Compare))));
            }
        }
    }

    private static bool IsDescription(IReadOnlyList<int> description, SafeTable table) =>
        description.Count == table.Dimensions.Count
        && description.Select((value, dimension) => value >= Descriptions.Any && value < table.Dimensions[dimension].Labels.Count).All(valid => valid)
        && description.Skip(Descriptions.LengthOf([.. description])).All(value => value == Descriptions.Any);

    private static bool Ascending<T>(IReadOnlyList<T> items, Comparison<T> compare) =>
        Enumerable.Range(1, Math.Max(0, items.Count - 1)).All(i => compare(items[i - 1], items[i]) < 0);
}
