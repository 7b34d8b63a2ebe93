namespace Exchange.Privacy.SafeTables;

/// <summary>Step 4: the partition of count blocks into blocks in which every measure of a layer passes; what is left goes to <see cref="LeftoverUnion"/>.</summary>
internal sealed class ValueLayerBuilder(AtomIndex atoms, TableRules rules, BlockTester tester)
{
    /// <param name="items">Count blocks, or unions of them that may not be taken apart, in description order.</param>
    /// <param name="withheldBefore">Items whose values another table does not publish either.</param>
    /// <returns>Blocks with values and, each by itself, items without; both in description order.</returns>
    public (List<DraftBlock> Blocks, List<DraftBlock> Withheld) Run(IReadOnlyList<DraftBlock> items, IReadOnlyCollection<DraftBlock> withheldBefore)
    {
        DraftBlock[] open = [.. items.Where(item => !withheldBefore.Contains(item))];
        int[] lengths = [.. open.Select(item => Descriptions.LengthOf(item.Description))];
        var alone = Parallelism.Map(open, tester.Another, (own, item) => own.Test(item.Atoms) is null);
        var (pooled, left) = Pooling.Run([.. open.Select(item => item.Description)], lengths, atoms.Dimensions, alone, members => tester.Test(AtomsOf(open, members)) is null);
        var blocks = pooled.ConvertAll(block => DraftBlock.Union(block.Members.Select(member => open[member]), block.Description));
        List<DraftBlock> withheld = [.. withheldBefore];
        if (left.Count > 0)
        {
            var leftover = new LeftoverUnion(atoms, rules, tester);
            leftover.Settle(left.ConvertAll(item => open[item]), blocks, withheld);
        }

        blocks.Sort(DraftBlock.Compare);
        withheld.Sort(DraftBlock.Compare);
        return (blocks, withheld);
    }

    public static ReadOnlySpan<int> AtomsOf(IReadOnlyList<DraftBlock> items, ReadOnlySpan<int> members)
    {
        if (members.Length == 1)
        {
            return items[members[0]].Atoms;
        }

        var set = new List<int>();
        foreach (var member in members)
        {
            set.AddRange(items[member].Atoms);
        }

        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(set);
    }
}
