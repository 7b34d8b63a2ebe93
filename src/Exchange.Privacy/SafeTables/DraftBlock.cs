namespace Exchange.Privacy.SafeTables;

/// <summary>A block while a table is made: its atoms, and the count blocks it is a union of (of a count block, itself).</summary>
internal sealed record DraftBlock(int[] Atoms, int[] Description, int[] CountBlocks)
{
    /// <summary>The union of some, under that description.</summary>
    public static DraftBlock Union(IEnumerable<DraftBlock> parts, int[] description)
    {
        var all = parts.ToArray();
        var atoms = all.SelectMany(part => part.Atoms).ToArray();
        var blocks = all.SelectMany(part => part.CountBlocks).ToArray();
        Array.Sort(atoms);
        Array.Sort(blocks);
        return new(atoms, description, blocks);
    }

    /// <summary>By description, then by atoms.</summary>
    public static int Compare(DraftBlock one, DraftBlock other)
    {
        var compared = Descriptions.Compare(one.Description, other.Description);
        return compared != 0 ? compared : one.Atoms.AsSpan().SequenceCompareTo(other.Atoms);
    }

    /// <summary>The first values that all have in common.</summary>
    public static int[] CommonDescription(IEnumerable<DraftBlock> parts)
    {
        int[]? common = null;
        foreach (var part in parts)
        {
            common = common is null ? part.Description : Descriptions.Cut(common, Descriptions.CommonLength(common, part.Description));
        }

        return common!;
    }
}
