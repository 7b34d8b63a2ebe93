using System.Numerics;

namespace Exchange.Query.Tests.Merging;

/// <summary>Sums and moments of doubles without any rounding, as fractions of big integers.</summary>
internal static class Exactly
{
    private const int Shift = 1_100;

    public static double Sum(IEnumerable<double> values) => Quotient(Total(values), BigInteger.One << Shift);

    /// <summary>Σ(x − mean of x)(y − mean of y).</summary>
    public static double Comoment(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count == 0)
        {
            return 0;
        }

        var products = x.Zip(y, (one, other) => Scaled(one) * Scaled(other)).Aggregate(BigInteger.Zero, BigInteger.Add);
        return Quotient(products * x.Count - Total(x) * Total(y), (BigInteger.One << (2 * Shift)) * x.Count);
    }

    private static BigInteger Total(IEnumerable<double> values) => values.Select(Scaled).Aggregate(BigInteger.Zero, BigInteger.Add);

    /// <summary>The double times 2^1100: a whole number for every finite double.</summary>
    private static BigInteger Scaled(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFF;
        var magnitude = (BigInteger)(exponent == 0 ? mantissa : mantissa | (1L << 52)) << (Math.Max(exponent, 1) - 1075 + Shift);
        return bits < 0 ? -magnitude : magnitude;
    }

    /// <summary>A hundred bits of the quotient, rounded once.</summary>
    private static double Quotient(BigInteger numerator, BigInteger denominator)
    {
        var shift = (int)(100 - BigInteger.Abs(numerator).GetBitLength() + denominator.GetBitLength());
        var shifted = shift >= 0 ? (numerator << shift) / denominator : numerator / (denominator << -shift);
        return Math.ScaleB((double)shifted, -shift);
    }
}
