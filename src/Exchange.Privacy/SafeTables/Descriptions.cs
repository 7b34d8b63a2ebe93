namespace Exchange.Privacy.SafeTables;

/// <summary>Descriptions of blocks: per dimension the number of a value, or <see cref="Any"/> for <c>*</c>; values come first, then only <c>*</c>.</summary>
internal static class Descriptions
{
    /// <summary><c>*</c>: whatever has no narrower block. It comes before every value.</summary>
    public const int Any = -1;

    /// <summary>How many dimensions have a value.</summary>
    public static int LengthOf(ReadOnlySpan<int> description)
    {
        var any = description.IndexOf(Any);
        return any < 0 ? description.Length : any;
    }

    /// <summary>The same with only the first values left.</summary>
    public static int[] Cut(ReadOnlySpan<int> description, int length)
    {
        var cut = description.ToArray();
        cut.AsSpan(length).Fill(Any);
        return cut;
    }

    /// <summary>How many first values two have in common.</summary>
    public static int CommonLength(ReadOnlySpan<int> one, ReadOnlySpan<int> other) =>
        Math.Min(Math.Min(LengthOf(one), LengthOf(other)), one.CommonPrefixLength(other));

    public static int Compare(ReadOnlySpan<int> one, ReadOnlySpan<int> other) => one.SequenceCompareTo(other);

    /// <summary>Whether rows with these codes may stand in a block of that description.</summary>
    public static bool Covers(ReadOnlySpan<int> description, ReadOnlySpan<int> codes) => codes[..LengthOf(description)].SequenceEqual(description[..LengthOf(description)]);
}
