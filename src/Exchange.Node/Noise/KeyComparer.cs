namespace Exchange.Node.Noise;

/// <summary>Compares the keys of groups.</summary>
internal sealed class KeyComparer : IEqualityComparer<object?[]>
{
    public static readonly KeyComparer Instance = new();

    public bool Equals(object?[]? one, object?[]? other) => one.AsSpan().SequenceEqual(other);

    public int GetHashCode(object?[] key)
    {
        var hash = default(HashCode);
        foreach (var part in key)
        {
            hash.Add(part);
        }

        return hash.ToHashCode();
    }
}
