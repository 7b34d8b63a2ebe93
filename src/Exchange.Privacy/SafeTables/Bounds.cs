using System.Globalization;
using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>Declared bounds and edges, which are doubles, in the numbers of an exact measure.</summary>
internal static class Bounds
{
    /// <summary>The number at that scale, as its shortest text says it; rounded down where it has more digits.</summary>
    public static Int128 Unscaled(double value, int scale) => (Int128)Floor(value, scale, out _);

    /// <summary>The same, rounded up.</summary>
    public static Int128 UnscaledUp(double value, int scale)
    {
        var floor = Floor(value, scale, out var exact);
        return (Int128)(exact ? floor : floor + 1);
    }

    private static BigInteger Floor(double value, int scale, out bool exact)
    {
        // The shortest text that reads back as the double is what the declaration said.
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var digits = mark < 0 ? shortest : shortest[..mark];
        var power = mark < 0 ? 0 : int.Parse(shortest[(mark + 1)..], CultureInfo.InvariantCulture);
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var behind = point < 0 ? 0 : digits.Length - point - 1;
        var unscaled = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var shift = power - behind + scale;
        if (shift >= 0)
        {
            exact = true;
            return unscaled * BigInteger.Pow(10, shift);
        }

        var divisor = BigInteger.Pow(10, -shift);
        var quotient = BigInteger.DivRem(unscaled, divisor, out var rest);
        exact = rest.IsZero;
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }
}
