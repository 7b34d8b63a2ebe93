namespace Exchange.Privacy.SafeTables;

/// <summary>
/// A table pooled from the blocks of another and of its segments. Its count blocks are unions of that one's, each with all that segments
/// added to it: a segment that does not pass the stricter rules by itself is thereby pooled with its block, and none is told apart from it.
/// Its value blocks are unions both of its count blocks and of that one's value blocks: where these overlap, the smallest unions of both are
/// what is pooled. A union with a part whose values the other table withholds has none here either, or they would be the difference.
/// </summary>
internal sealed class TableCoarsening(TableBuild finer, IReadOnlyList<AdmittedRows> segments, AtomIndex atoms, TableRules rules)
{
    private readonly SafeTable _old = finer.Table;
    private readonly TableLayout _layout = atoms.Data.Layout;

    public TableBuild Run()
    {
        var pooled = new CountLayerBuilder(atoms, rules).Run(OldBlocks(out var lengths), lengths);
        var newOf = new int[_old.CountBlocks.Count];
        newOf.AsSpan().Fill(-1);
        for (var block = 0; block < pooled.Count; block++)
        {
            foreach (var old in pooled[block].CountBlocks)
            {
                newOf[old] = block;
            }
        }

        var counts = pooled.ConvertAll(Count);
        var blocks = SafeTableBuilder.Numbered(pooled);
        var plans = LayerPlan.Of(_layout, !_old.RowsAreUnits);
        if (!plans.Select(plan => plan.HasRows).SequenceEqual(_old.Layers.Select(layer => layer.HasRows)))
        {
            throw new ArgumentException("The table is not one of this layout.");
        }

        var layers = new List<(LayerPlan, List<ValueBlock>)>();
        List<DraftBlock> floor = [];
        for (var i = 0; i < plans.Length && blocks.Count > 0; i++)
        {
            var (items, withheldBefore) = Items(_old.Layers[i], blocks, newOf, floor);
            var (passing, withheld) = new ValueLayerBuilder(atoms, rules, new BlockTester(atoms, rules, plans[i].Measures, plans[i].HasRows)).Run(items, withheldBefore);
            var figures = new UnionFigures(atoms, rules, _old.Layers[i], plans[i]);
            var oldBlocks = _old.Layers[i].Blocks.Select(block => (block, At: block.Members[0]))
                .Concat(segments.SelectMany(segment => segment.Table.Layers[i].Blocks.Select(block => (block, At: segment.Blocks[block.Members[0]]))))
                .ToLookup(part => newOf[part.At], part => part.block);
            layers.Add((plans[i], [
                .. passing.Select(block => figures.Of(block, block.CountBlocks.SelectMany(member => oldBlocks[member]))),
                .. withheld.Select(block => new ValueBlock(block.Description, block.CountBlocks, null, null, new double?[plans[i].Pairs.Length]))]));
            floor = i == 0 && LayerPlan.StartsWithRows(plans) ? [.. passing, .. withheld] : floor;
        }

        if (blocks.Count == 0)
        {
            layers = [.. plans.Select(plan => (plan, new List<ValueBlock>()))];
        }

        return TableAssembly.Assemble(atoms, rules, blocks, counts, layers, _old.RowsAreUnits);
    }

    private DraftBlock[] OldBlocks(out int[] lengths)
    {
        var ranks = LabelMap.RanksIn(_layout, _old);
        var (blockOf, caps) = (finer.Assignment.BlocksOf(atoms), SensitiveCaps.Of(atoms, rules));
        var members = _old.CountBlocks.Select(_ => new List<int>()).ToArray();
        lengths = [.. _old.CountBlocks.Select(block => Descriptions.LengthOf([.. block.Description]))];
        for (var atom = 0; atom < atoms.Count && members.Length > 0; atom++)
        {
            if (blockOf[atom] < 0)
            {
                throw new ArgumentException("The table has no block for some rows.");
            }

            members[blockOf[atom]].Add(atom);
            lengths[blockOf[atom]] = Math.Min(lengths[blockOf[atom]], caps[atom]);
        }

        return [.. _old.CountBlocks.Select((block, number) => new DraftBlock([.. members[number]], LabelMap.Translate(block.Description, ranks), [number]))];
    }

    private CountBlock Count(DraftBlock block)
    {
        var parts = block.CountBlocks.Select(old => _old.CountBlocks[old])
            .Concat(segments.SelectMany(segment => segment.Table.CountBlocks.Where((_, i) => block.CountBlocks.Contains(segment.Blocks[i])))).ToList();
        var (most, least) = (parts.Sum(part => part.UnitsMost), parts.Max(part => part.UnitsLeast));
        return new(block.Description, _layout.UnitIsRow ? most : least, most);
    }

    /// <summary>The smallest unions of new count blocks that take apart no value block of the old layer, nor a block of the floor.</summary>
    private static (List<DraftBlock> Items, HashSet<DraftBlock> Withheld) Items(ValueLayer old, List<DraftBlock> blocks, int[] newOf, List<DraftBlock> floor)
    {
        var parents = Enumerable.Range(0, blocks.Count).ToArray();
        var wholes = old.Blocks.Select(block => block.Members.Select(member => newOf[member])).Concat(floor.Select(block => (IEnumerable<int>)block.CountBlocks));
        foreach (var whole in wholes)
        {
            var first = Root(whole.First());
            foreach (var block in whole)
            {
                parents[Root(block)] = first;
            }
        }

        var withheldRoots = old.Blocks.Where(block => block.Withheld).Select(block => Root(newOf[block.Members[0]])).ToHashSet();
        var (items, withheld) = (new List<DraftBlock>(), new HashSet<DraftBlock>());
        foreach (var group in Enumerable.Range(0, blocks.Count).GroupBy(Root))
        {
            DraftBlock[] parts = [.. group.Select(block => blocks[block])];
            var item = DraftBlock.Union(parts, DraftBlock.CommonDescription(parts));
            items.Add(item);
            if (withheldRoots.Contains(group.Key))
            {
                withheld.Add(item);
            }
        }

        items.Sort(DraftBlock.Compare);
        return (items, withheld);

        int Root(int block)
        {
            while (parents[block] != block)
            {
                block = parents[block] = parents[parents[block]];
            }

            return block;
        }
    }
}
