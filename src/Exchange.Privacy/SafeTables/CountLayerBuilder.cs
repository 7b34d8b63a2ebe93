namespace Exchange.Privacy.SafeTables;

/// <summary>Steps 1 to 3: the partition of the atoms, or of the blocks of another table, into blocks over the threshold.</summary>
internal sealed class CountLayerBuilder(AtomIndex atoms, TableRules rules)
{
    private readonly UnitTally _tally = new(atoms, rules);

    /// <param name="items">Disjoint, in description order.</param>
    /// <param name="lengths">How many first values of an item a block may keep.</param>
    /// <returns>In description order; none where all together are too few.</returns>
    public List<DraftBlock> Run(IReadOnlyList<DraftBlock> items, int[] lengths)
    {
        var alone = Parallelism.Map(items, () => new UnitTally(atoms, rules), (tally, item) => tally.HasUnits(item.Atoms, rules.MinUnits));
        var (pooled, left) = Pooling.Run([.. items.Select(item => item.Description)], lengths, atoms.Dimensions, alone, members => Passes(items, members));
        var blocks = pooled.ConvertAll(block => DraftBlock.Union(block.Members.Select(member => items[member]), block.Description));
        if (left.Count > 0 && blocks.Count > 0)
        {
            JoinSmallest(blocks, left.ConvertAll(item => items[item]), left.Min(item => lengths[item]));
        }

        blocks.Sort(DraftBlock.Compare);
        return blocks;
    }

    private bool Passes(IReadOnlyList<DraftBlock> items, ReadOnlySpan<int> members) => _tally.HasUnits(ValueLayerBuilder.AtomsOf(items, members), rules.MinUnits);

    /// <summary>Step 3. The union is described by the first values that all of it shares.</summary>
    private void JoinSmallest(List<DraftBlock> blocks, List<DraftBlock> left, int lengthMax)
    {
        var smallest = blocks.MinBy(block => (UnitsOf(block.Atoms), block.Description), Comparer<(int Units, int[] Description)>.Create(
            (one, other) => one.Units != other.Units ? one.Units.CompareTo(other.Units) : Descriptions.Compare(one.Description, other.Description)))!;
        blocks.Remove(smallest);
        left.Add(smallest);
        var common = DraftBlock.CommonDescription(left);
        blocks.Add(DraftBlock.Union(left, Descriptions.Cut(common, Math.Min(lengthMax, Descriptions.LengthOf(common)))));
    }

    private int UnitsOf(ReadOnlySpan<int> set)
    {
        _tally.Load(set);
        return _tally.Units;
    }
}
