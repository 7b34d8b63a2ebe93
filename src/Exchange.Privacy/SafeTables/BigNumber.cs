using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>An exact number: a whole number times a power of two, divided by a power of ten. For the few figures of a block, not for rows.</summary>
internal readonly record struct BigNumber(BigInteger Unscaled, int Exponent, int Scale)
{
    public int Sign => Unscaled.Sign;

    public static BigNumber operator *(BigNumber one, BigNumber other) =>
        new(one.Unscaled * other.Unscaled, one.Exponent + other.Exponent, one.Scale + other.Scale);

    public static BigNumber operator *(BigNumber one, long other) => one with { Unscaled = one.Unscaled * other };

    public static BigNumber operator -(BigNumber one, BigNumber other)
    {
        var (exponent, scale) = (Math.Min(one.Exponent, other.Exponent), Math.Max(one.Scale, other.Scale));
        return new(one.At(exponent, scale) - other.At(exponent, scale), exponent, scale);
    }

    /// <summary>The number divided by a positive count.</summary>
    public double DividedBy(long count)
    {
        var denominator = BigInteger.Pow(10, Scale) * count;
        return Exponent >= 0 ? FixedPoint.Divide(Unscaled << Exponent, denominator) : FixedPoint.Divide(Unscaled, denominator << -Exponent);
    }

    private BigInteger At(int exponent, int scale) => (Unscaled << (Exponent - exponent)) * BigInteger.Pow(10, scale - Scale);
}
