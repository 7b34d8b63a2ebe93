namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The first two steps that both layers share. 1: items that pass by themselves are blocks. 2: for L from all but one dimension down to
/// none, the rest is pooled by its first L values; a union that passes is a block, others go on.
/// </summary>
internal static class Pooling
{
    public delegate bool Passes(ReadOnlySpan<int> members);

    /// <param name="items">Description of each item, in description order.</param>
    /// <param name="lengths">How many first values of an item a block may keep.</param>
    /// <param name="dimensions">Dimensions in all.</param>
    /// <param name="alone">Whether each item passes by itself.</param>
    /// <param name="passes">Whether a union of items passes.</param>
    public static (List<PooledBlock> Blocks, List<int> Left) Run(IReadOnlyList<int[]> items, int[] lengths, int dimensions, bool[] alone, Passes passes)
    {
        var (blocks, rest) = (new List<PooledBlock>(), new List<int>());
        for (var item = 0; item < items.Count; item++)
        {
            if (lengths[item] >= Descriptions.LengthOf(items[item]) && alone[item])
            {
                blocks.Add(new([item], items[item]));
            }
            else
            {
                rest.Add(item);
            }
        }

        for (var length = dimensions - 1; length >= 0 && rest.Count > 0; length--)
        {
            rest = PoolAt(length, items, lengths, rest, passes, blocks);
        }

        return (blocks, rest);
    }

    private static List<int> PoolAt(int length, IReadOnlyList<int[]> items, int[] lengths, List<int> rest, Passes passes, List<PooledBlock> blocks)
    {
        var next = new List<int>();
        var group = new List<int>();
        for (var i = 0; i < rest.Count; i++)
        {
            var item = rest[i];
            if (lengths[item] < length)
            {
                next.Add(item);
                continue;
            }

            if (group.Count > 0 && !items[item].AsSpan(0, length).SequenceEqual(items[group[0]].AsSpan(0, length)))
            {
                Close();
            }

            group.Add(item);
        }

        Close();
        next.Sort();
        return next;

        void Close()
        {
            if (group.Count > 0 && passes(group.ToArray()))
            {
                blocks.Add(new([.. group], Descriptions.Cut(items[group[0]], length)));
            }
            else
            {
                next.AddRange(group);
            }

            group.Clear();
        }
    }
}
