namespace Exchange.Engines;

/// <summary>The key of a cell, compared by value.</summary>
internal readonly struct CellKey(object?[] values) : IEquatable<CellKey>
{
    private readonly object?[] _values = values;

    public bool Equals(CellKey other) => _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => obj is CellKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in _values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
