using System.Globalization;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Expressions;

/// <summary>A decimal of up to 38 digits: <paramref name="Unscaled"/> · 10^-<paramref name="Scale"/>. Operations are exact or throw <see cref="OverflowException"/>.</summary>
internal readonly record struct ExactDecimal(Int128 Unscaled, int Scale)
{
    private static readonly Int128[] Powers = PowersOfTen();

    /// <summary>The narrowest type that holds it.</summary>
    public ColumnType Type => ColumnTypes.Decimal(Math.Clamp(Math.Max(DigitsOf(Unscaled), Scale), 1, ColumnTypes.DecimalDigitsMax), Scale);

    /// <summary>10 to the power, for 0 to 38.</summary>
    public static Int128 PowerOfTen(int exponent) =>
        exponent <= ColumnTypes.DecimalDigitsMax ? Powers[exponent] : throw new OverflowException("A power of ten beyond 38 digits.");

    /// <summary>Reads plain notation: an optional minus, digits, optionally a point and digits; at most 38 digits in all.</summary>
    public static bool TryParse(string text, out ExactDecimal value)
    {
        value = default;
        var start = text.StartsWith('-') ? 1 : 0;
        var (digits, scale, point) = (0, 0, -1);
        Int128 unscaled = 0;
        if (text.Length - start is 0 or > ColumnTypes.DecimalDigitsMax + 2)
        {
            return false;
        }

        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '.' && point < 0 && i > start && i < text.Length - 1)
            {
                point = i;
                continue;
            }

            if (!char.IsAsciiDigit(text[i]) || ++digits > ColumnTypes.DecimalDigitsMax)
            {
                return false;
            }

            unscaled = unscaled * 10 + (text[i] - '0');
            scale += point < 0 ? 0 : 1;
        }

        value = new ExactDecimal(start == 1 ? -unscaled : unscaled, scale);
        return true;
    }

    /// <summary>The same number with more digits behind the point.</summary>
    public ExactDecimal WithScale(int scale) =>
        scale == Scale ? this : scale > Scale
            ? new(checked(Unscaled * PowerOfTen(scale - Scale)), scale)
            : throw new InvalidOperationException("A decimal loses no digits.");

    /// <summary>The largest number with that scale that is not above this one, and whether it is this one.</summary>
    public (ExactDecimal Floor, bool Exact) FloorTo(int scale)
    {
        if (scale >= Scale)
        {
            return (WithScale(scale), true);
        }

        var (quotient, remainder) = Int128.DivRem(Unscaled, PowerOfTen(Scale - scale));
        return (new(remainder < 0 ? quotient - 1 : quotient, scale), remainder == 0);
    }

    public static ExactDecimal operator +(ExactDecimal left, ExactDecimal right)
    {
        var scale = Math.Max(left.Scale, right.Scale);
        return new(checked(left.WithScale(scale).Unscaled + right.WithScale(scale).Unscaled), scale);
    }

    public static ExactDecimal operator -(ExactDecimal value) => new(checked(-value.Unscaled), value.Scale);

    public static ExactDecimal operator -(ExactDecimal left, ExactDecimal right) => left + -right;

    public static ExactDecimal operator *(ExactDecimal left, ExactDecimal right) =>
        new(checked(left.Unscaled * right.Unscaled), left.Scale + right.Scale);

    /// <summary>Order by value, whatever the scales.</summary>
    public int CompareTo(ExactDecimal other)
    {
        if (Scale == other.Scale)
        {
            return Unscaled.CompareTo(other.Unscaled);
        }

        var (whole, exact) = FloorTo(0);
        var (otherWhole, otherExact) = other.FloorTo(0);
        if (whole.Unscaled != otherWhole.Unscaled)
        {
            return whole.Unscaled.CompareTo(otherWhole.Unscaled);
        }

        // Equal whole parts: the fractions alone are below 10^38 at any common scale.
        var scale = Math.Max(Scale, other.Scale);
        return (exact, otherExact) == (true, true) ? 0 : Fraction(whole.Unscaled, scale).CompareTo(other.Fraction(whole.Unscaled, scale));
    }

    /// <summary>The nearest double.</summary>
    public double ToDouble() =>
        // Both exact in a double: one division rounds once. Otherwise the text is parsed, which rounds once too.
        Scale <= 22 && Magnitude(Unscaled) <= 1UL << 53
            ? (double)Unscaled / (double)PowerOfTen(Scale)
            : double.Parse(ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Plain notation with exactly <see cref="Scale"/> digits behind the point.</summary>
    public override string ToString()
    {
        var digits = Magnitude(Unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var sign = Unscaled < 0 ? "-" : "";
        return Scale == 0 ? sign + digits : $"{sign}{digits[..^Scale]}.{digits[^Scale..]}";
    }

    private Int128 Fraction(Int128 whole, int scale) =>
        (Unscaled - whole * PowerOfTen(Scale)) * PowerOfTen(scale - Scale);

    private static UInt128 Magnitude(Int128 value) => value < 0 ? (UInt128)(-(value + 1)) + 1 : (UInt128)value;

    private static int DigitsOf(Int128 value)
    {
        var digits = 1;
        while (digits < ColumnTypes.DecimalDigitsMax && Magnitude(value) >= (UInt128)Powers[digits])
        {
            digits++;
        }

        return digits;
    }

    private static Int128[] PowersOfTen()
    {
        var powers = new Int128[ColumnTypes.DecimalDigitsMax + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
