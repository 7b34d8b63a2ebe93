namespace Exchange.Privacy.SafeTables;

/// <summary>Equality of lists of codes.</summary>
internal sealed class CodesComparer : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
{
    public bool Equals(int[]? one, int[]? other) => one.AsSpan().SequenceEqual(other);

    public bool Equals(ReadOnlySpan<int> one, int[] other) => one.SequenceEqual(other);

    public int[] Create(ReadOnlySpan<int> codes) => codes.ToArray();

    public int GetHashCode(int[] codes) => GetHashCode((ReadOnlySpan<int>)codes);

    public int GetHashCode(ReadOnlySpan<int> codes)
    {
        var hash = new HashCode();
        foreach (var code in codes)
        {
            hash.Add(code);
        }

        return hash.ToHashCode();
    }
}
