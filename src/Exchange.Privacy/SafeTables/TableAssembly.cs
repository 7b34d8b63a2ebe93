namespace Exchange.Privacy.SafeTables;

/// <summary>Step 6: puts a table together, tests every block again from the records alone, and lets only a table that passes leave.</summary>
internal static class TableAssembly
{
    public static TableBuild Assemble(
        AtomIndex atoms, TableRules rules, List<DraftBlock> blocks, List<CountBlock> counts, List<(LayerPlan Plan, List<ValueBlock> Blocks)> layers, bool rowsAreUnits)
    {
        var layout = atoms.Data.Layout;
        var (dimensions, positionOf) = LabelMap.ForTable(layout, blocks);
        var published = layers.SelectMany(layer => layer.Plan.Published).Order().ToList();
        var pairs = layers.SelectMany(layer => layer.Plan.Pairs).Order().ToList();
        var table = new SafeTable(
            rules,
            dimensions,
            [.. published.Select(measure => Measure(layout.Measures[measure]))],
            [.. pairs.Select(pair => new TablePair(published.IndexOf(layout.Pairs[pair].First), published.IndexOf(layout.Pairs[pair].Second)))],
            rowsAreUnits,
            layout.UnitIsRow,
            [.. counts.Select(block => block with { Description = LabelMap.Translate(block.Description, positionOf) })],
            [.. layers.Select(layer => new ValueLayer(
                [.. layer.Plan.Published.Select(measure => published.IndexOf(measure))],
                [.. layer.Plan.Pairs.Select(pair => pairs.IndexOf(pair))],
                layer.Plan.HasRows,
                [.. Sorted(layer.Blocks.Select(block => block with { Description = LabelMap.Translate(block.Description, positionOf) }))]))]);
        var build = new TableBuild(table, Assignment(atoms, table, blocks));
        if (TableAudit.FirstFailure(build, atoms) is { } failure)
        {
            throw new InvalidOperationException($"A block fails rule {(int)failure.Rule} when it is tested again: the table does not leave.");
        }

        return build;
    }

    private static ValueBlock[] Sorted(IEnumerable<ValueBlock> blocks)
    {
        ValueBlock[] sorted = [.. blocks];
        int[][] keys = Array.ConvertAll(sorted, block => (int[])[.. block.Description, .. block.Members]);
        Array.Sort(keys, sorted, Comparer<int[]>.Create((one, other) => Descriptions.Compare(one, other)));
        return sorted;
    }

    private static TableMeasure Measure(MeasureLayout measure) => new(measure.Name, measure.Scale, measure.Low, measure.High);

    private static BlockAssignment Assignment(AtomIndex atoms, SafeTable table, List<DraftBlock> blocks) =>
        new(table, atoms, blocks.SelectMany((block, number) => block.Atoms.Select(atom => (atom, number))));
}
