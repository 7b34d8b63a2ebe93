using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>An exact fraction in lowest terms, zero or more: parameters of noise are fractions, never floating.</summary>
public readonly record struct Fraction
{
    /// <param name="numerator">Zero or more.</param>
    /// <param name="denominator">At least 1.</param>
    public Fraction(BigInteger numerator, BigInteger denominator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numerator);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(denominator);
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator);
        (Numerator, Denominator) = (numerator / common, denominator / common);
    }

    /// <summary>Zero or more.</summary>
    public BigInteger Numerator { get; }

    /// <summary>At least 1.</summary>
    public BigInteger Denominator { get; }

    /// <summary>A whole number.</summary>
    public static implicit operator Fraction(long whole) => new(whole, 1);

    /// <summary>A number as it is written, zero or more: 31.6 is 158/5.</summary>
    public static Fraction Of(decimal number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(number, parts);
        var unscaled = (uint)parts[0] | ((BigInteger)(uint)parts[1] << 32) | ((BigInteger)(uint)parts[2] << 64);
        return new Fraction(unscaled, BigInteger.Pow(10, number.Scale));
    }

    /// <summary>The product.</summary>
    public static Fraction operator *(Fraction one, Fraction other) => new(one.Numerator * other.Numerator, one.Denominator * other.Denominator);

    /// <summary>The quotient; the other is not zero.</summary>
    public static Fraction operator /(Fraction one, Fraction other) => new(one.Numerator * other.Denominator, one.Denominator * other.Numerator);

    /// <summary>The least multiple of 1/<paramref name="parts"/> that is not smaller.</summary>
    public Fraction Ceiling(BigInteger parts) => new((Numerator * parts + Denominator - 1) / Denominator, parts);

    /// <summary>About the same as a double; for what is shown, never for what noise is drawn from.</summary>
    public double ToDouble()
    {
        // Beyond what a double holds, both are cut down to their leading bits.
        var excess = (int)Math.Max(0, Math.Max(Numerator.GetBitLength(), Denominator.GetBitLength()) - 1000);
        return (double)(Numerator >> excess) / (double)(Denominator >> excess);
    }
}
