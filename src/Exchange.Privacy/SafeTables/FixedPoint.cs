using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Doubles as whole multiples of a power of two, so that their sums are exact and do not depend on the order of rows, and rules compare
/// whole numbers.
/// </summary>
internal static class FixedPoint
{
    /// <summary>Bits of a sum that are used; the rest is room for products of rules.</summary>
    private const int Bits = 118;

    /// <summary>The exponent at which so many numbers of at most that magnitude can be summed.</summary>
    public static int ExponentFor(double magnitudeMax, int count) =>
        magnitudeMax == 0 ? 0 : Math.ILogB(magnitudeMax) + 1 + BitOperations.Log2((uint)Math.Max(count, 1)) + 1 - Bits;

    /// <summary>The largest multiple of 2^exponent that is not above the value, and whether it is the value.</summary>
    public static Int128 Floor(double value, int exponent, out bool exact)
    {
        exact = true;
        if (value == 0)
        {
            return 0;
        }

        var bits = BitConverter.DoubleToInt64Bits(value);
        var power = (int)((bits >> 52) & 0x7FF);
        var mantissa = (bits & 0xFFFFFFFFFFFFF) | (power == 0 ? 0 : 1L << 52);
        var signed = (Int128)(bits < 0 ? -mantissa : mantissa);
        var shift = Math.Max(power, 1) - 1075 - exponent;
        if (shift >= 0)
        {
            // 53 bits of mantissa and the sign leave room for 74.
            return shift <= 74 ? signed << shift : throw new OverflowException("A double beyond the numbers of its column.");
        }

        var floor = signed >> Math.Min(-shift, 126);
        exact = -shift < 64 && floor << -shift == signed;
        return floor;
    }

    public static double ToDouble(Int128 number, int exponent) => Math.ScaleB((double)number, exponent);

    /// <summary>The quotient as a double, within one unit of its last place; the denominator is positive.</summary>
    public static double Divide(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.IsZero)
        {
            return 0;
        }

        // A hundred bits of the quotient are more than a double holds, so that cutting off the rest moves at most its last place.
        var shift = Math.Max(0, 100 - (int)(BigInteger.Abs(numerator).GetBitLength() - denominator.GetBitLength()));
        var quotient = (numerator << shift) / denominator;
        var excess = Math.Max(0, (int)BigInteger.Abs(quotient).GetBitLength() - 64);
        return Math.ScaleB((double)(Int128)(quotient >> excess), excess - shift);
    }
}
