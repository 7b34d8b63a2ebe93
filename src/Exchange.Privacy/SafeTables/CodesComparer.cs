namespace Exchange.Privacy.SafeTables;

/// <summary>Equality of lists of codes.</summary>
internal sealed class CodesComparer : IEqualityComparer<int[]>
{
    public bool Equals(int[]? one, int[]? other) => one.AsSpan().SequenceEqual(other);

    public int GetHashCode(int[] codes)
    {
        var hash = new HashCode();
        foreach (var code in codes)
        {
            hash.Add(code);
        }

        return hash.ToHashCode();
    }
}
