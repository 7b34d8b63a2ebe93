namespace Exchange.Query.Tests.Merging;

/// <summary>Equality of group keys: null, string, long or double per grouping expression.</summary>
internal sealed class CellKeyComparer : IEqualityComparer<object?[]>
{
    public static readonly CellKeyComparer Instance = new();

    public bool Equals(object?[]? one, object?[]? other)
    {
        if (one!.Length != other!.Length)
        {
            return false;
        }

        for (var i = 0; i < one.Length; i++)
        {
            var same = (one[i], other[i]) switch
            {
                (long left, long right) => left == right,
                (string left, string right) => left == right,
                (double left, double right) => left.Equals(right),
                (null, null) => true,
                _ => false,
            };
            if (!same)
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(object?[] key)
    {
        var hash = 17;
        foreach (var part in key)
        {
            hash = unchecked(hash * 31 + (part?.GetHashCode() ?? 0));
        }

        return hash;
    }
}
