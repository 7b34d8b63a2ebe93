using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>
/// An expression ready to be computed over the current row. SQLite's own arithmetic has neither decimals nor dates, turns
/// overflowing integers into doubles and divides them as integers, so it only reads rows and this computes.
/// Each method gives false for NULL; which one is called follows from <see cref="Kind"/>.
/// </summary>
internal abstract class Scalar(TypeKind kind, int scale = 0)
{
    /// <summary>Type of the value.</summary>
    public TypeKind Kind { get; } = kind;

    /// <summary>Digits behind the point of a decimal.</summary>
    public int Scale { get; } = scale;

    /// <summary>The value of an int, bool (0, 1), date (days) or timestamp (microseconds).</summary>
    public virtual bool TryWhole(out long value) => throw Misuse();

    /// <summary>The unscaled value of a decimal; of an int, itself.</summary>
    public virtual bool TryExact(out Int128 value)
    {
        var present = TryWhole(out var whole);
        value = whole;
        return present;
    }

    /// <summary>The value of a number of any kind as a double.</summary>
    public virtual bool TryReal(out double value)
    {
        if (Kind == TypeKind.Decimal)
        {
            var exactPresent = TryExact(out var exact);
            value = Decimals.ToDouble(exact, Scale);
            return exactPresent;
        }

        var present = TryWhole(out var whole);
        value = whole;
        return present;
    }

    /// <summary>The value of a string.</summary>
    public virtual bool TryText(out string value) => throw Misuse();

    /// <summary>Whether the value is NULL.</summary>
    public bool IsNull() => Kind switch
    {
        TypeKind.String => !TryText(out _),
        TypeKind.Double => !TryReal(out _),
        TypeKind.Decimal => !TryExact(out _),
        _ => !TryWhole(out _),
    };

    /// <summary>Whether a condition holds; NULL does not.</summary>
    public bool IsTrue() => TryWhole(out var value) && value != 0;

    private InvalidOperationException Misuse() => new($"A {Kind} was asked for a value of another type.");
}
