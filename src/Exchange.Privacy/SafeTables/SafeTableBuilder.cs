namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Makes safe tables. What is built depends on the multiset of rows alone: not on their order, nor on the numbers of codes and units;
/// ties are broken by description order.
/// </summary>
public static class SafeTableBuilder
{
    /// <summary>A table over data that has none yet.</summary>
    /// <param name="data">All rows; fixed from here on, and not used by two builds at a time.</param>
    /// <param name="rules">The strictest of all offers that will use it.</param>
    /// <exception cref="ArgumentException">Rules weaker than a table may have.</exception>
    /// <exception cref="InvalidOperationException">A block failed its second test: no table leaves.</exception>
    /// <exception cref="OverflowException">A sum, or a sum of squares, of exact numbers beyond 127 bits.</exception>
    public static TableBuild Build(UnitContributions data, TableRules rules)
    {
        rules.Require(data.Layout);
        var atoms = new AtomIndex(data);
        var blocks = CountLayer(atoms, rules);
        var rowsAreUnits = RowsAreUnits(atoms, rules, blocks);
        var layers = new List<(LayerPlan Plan, List<ValueBlock> Blocks)>();
        var plans = LayerPlan.Of(data.Layout, !rowsAreUnits);
        var (items, withheldBefore) = (blocks, new HashSet<DraftBlock>());
        foreach (var plan in plans)
        {
            var tester = new BlockTester(atoms, rules, plan.Measures, plan.HasRows);
            var (passing, withheld) = new ValueLayerBuilder(atoms, rules, tester).Run(items, withheldBefore);
            layers.Add((plan, [
                .. Parallelism.Map(passing, () => new BlockFigures(atoms, rules), (figures, block) => figures.Of(block, plan)),
                .. withheld.Select(block => BlockFigures.Withheld(block, plan))]));
            if (plan == plans[0] && LayerPlan.StartsWithRows(plans))
            {
                (items, withheldBefore) = ([.. passing, .. withheld], [.. withheld]);
                items.Sort(DraftBlock.Compare);
            }
        }

        var counts = Parallelism.Map(blocks, () => new UnitTally(atoms, rules), (tally, block) =>
        {
            tally.Load(block.Atoms);
            var units = BlockFigures.Rounded(tally.Units, rules);
            return new CountBlock(block.Description, units, units);
        });
        return TableAssembly.Assemble(atoms, rules, blocks, [.. counts], layers, rowsAreUnits);
    }

    /// <summary>
    /// A table under stricter rules over rows that have one: its blocks are unions of that table's blocks and its figures sums of that
    /// table's figures, never of the data's. Built apart from the data, two tables are subtracted to groups of one.
    /// </summary>
    /// <param name="finer">The table there is.</param>
    /// <param name="data">The same rows, to test unions by unit.</param>
    /// <param name="rules">The stricter rules.</param>
    /// <exception cref="ArgumentException">Rules weaker than a table may have, or another table's data.</exception>
    /// <exception cref="InvalidOperationException">A block failed its second test: no table leaves.</exception>
    public static TableBuild Coarsen(TableBuild finer, UnitContributions data, TableRules rules) => Coarsen(finer, [], data, rules);

    /// <summary>
    /// The same over a table that has let segments in. They become part of the blocks that they were added to, so that every block is a sum
    /// of what was told before, and the rows of it are tested as one, by unit.
    /// </summary>
    /// <param name="finer">The table there is.</param>
    /// <param name="segments">All that were let into it.</param>
    /// <param name="data">The rows of the table and of its segments, and no other.</param>
    /// <param name="rules">The stricter rules.</param>
    /// <exception cref="ArgumentException">Rules weaker than a table may have, segments of another table, or other data.</exception>
    /// <exception cref="InvalidOperationException">A block failed its second test: no table leaves.</exception>
    public static TableBuild Coarsen(TableBuild finer, IReadOnlyList<AdmittedRows> segments, UnitContributions data, TableRules rules)
    {
        rules.Require(data.Layout);
        if (segments.Any(segment => segment.Blocks.Count != segment.Table.CountBlocks.Count || segment.Table.Layers.Count != finer.Table.Layers.Count
            || segment.Blocks.Any(block => (uint)block >= (uint)finer.Table.CountBlocks.Count)))
        {
            throw new ArgumentException("A segment is not one of this table.");
        }

        return new TableCoarsening(finer, segments, new AtomIndex(data), rules).Run();
    }

    private static List<DraftBlock> CountLayer(AtomIndex atoms, TableRules rules)
    {
        var items = new DraftBlock[atoms.Count];
        for (var atom = 0; atom < items.Length; atom++)
        {
            items[atom] = new([atom], atoms.CodesOf(atom).ToArray(), []);
        }

        return Numbered(new CountLayerBuilder(atoms, rules).Run(items, SensitiveCaps.Of(atoms, rules)));
    }

    internal static List<DraftBlock> Numbered(List<DraftBlock> blocks) => [.. blocks.Select((block, number) => block with { CountBlocks = [number] })];

    private static bool RowsAreUnits(AtomIndex atoms, TableRules rules, List<DraftBlock> blocks)
    {
        if (atoms.Data.Layout.UnitIsRow)
        {
            return true;
        }

        var tally = new UnitTally(atoms, rules);
        return atoms.Data.Layout.OneRowHarmless && blocks.TrueForAll(block =>
        {
            tally.Load(block.Atoms);
            return tally.Rows == tally.Units;
        });
    }
}
