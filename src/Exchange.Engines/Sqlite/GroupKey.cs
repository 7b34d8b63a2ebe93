using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite;

/// <summary>One value of a group key or a unit id, compared by value.</summary>
internal readonly record struct KeyPart(string? Text, Int128 Bits, bool IsNull)
{
    /// <summary>The value of the expression in the current row.</summary>
    public static KeyPart Of(Scalar scalar)
    {
        switch (scalar.Kind)
        {
            case TypeKind.String:
                return scalar.TryText(out var text) ? new KeyPart(text, 0, false) : new KeyPart(null, 0, true);
            case TypeKind.Double:
                // Zero has two bit patterns and is one group.
                return scalar.TryReal(out var real) ? new KeyPart(null, BitConverter.DoubleToInt64Bits(real == 0 ? 0 : real), false) : new KeyPart(null, 0, true);
            case TypeKind.Decimal:
                return scalar.TryExact(out var exact) ? new KeyPart(null, exact, false) : new KeyPart(null, 0, true);
            default:
                return scalar.TryWhole(out var whole) ? new KeyPart(null, whole, false) : new KeyPart(null, 0, true);
        }
    }

    /// <summary>The value as a cell's key has it.</summary>
    public object? ToKey(Scalar scalar) => IsNull ? null : scalar.Kind switch
    {
        TypeKind.String => Text,
        TypeKind.Double => BitConverter.Int64BitsToDouble((long)Bits),
        TypeKind.Decimal => Decimals.Text(Bits, scalar.Scale),
        _ => (long)Bits,
    };
}

/// <summary>A group key; the scan fills one again and again and looks it up, and only a new group keeps a copy.</summary>
internal sealed class GroupKey(KeyPart[] parts) : IEquatable<GroupKey>
{
    public KeyPart[] Parts { get; } = parts;

    public GroupKey Copy() => new([.. Parts]);

    public bool Equals(GroupKey? other) => other is not null && Parts.AsSpan().SequenceEqual(other.Parts);

    public override bool Equals(object? obj) => Equals(obj as GroupKey);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var part in Parts)
        {
            hash.Add(part.Text is null ? part.Bits.GetHashCode() : string.GetHashCode(part.Text, StringComparison.Ordinal));
        }

        return hash.ToHashCode();
    }
}
