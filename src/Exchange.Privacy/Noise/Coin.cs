using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// Coins that fall with exactly a given probability: rational ones, and exp(-x) for rational x. Algorithm 1 of Canonne, Kamath and
/// Steinke, "The Discrete Gaussian for Differential Privacy" (2020). No real number is ever rounded.
/// </summary>
/// <remarks>
/// A coin of probability x/k is one of 1/k and one of x, both heads; so denominators do not grow with k and 128 bits are enough
/// wherever x is a fraction of 128-bit integers. The forms for 64 and 128 bits and for big integers differ in width alone.
/// </remarks>
internal static class Coin
{
    /// <summary>Heads with probability exp(-1).</summary>
    public static bool ExpMinusOne(RandomBits bits)
    {
        // The series alternates from its second term on: heads where the first tails came at an odd toss.
        for (ulong k = 1; ; k++)
        {
            if (k > 1 && bits.NextBelow(k) != 0)
            {
                return k % 2 != 0;
            }
        }
    }

    /// <summary>Heads with probability exp(-numerator/denominator), numerator up to denominator.</summary>
    public static bool ExpMinusFraction(ulong numerator, ulong denominator, RandomBits bits)
    {
        for (ulong k = 1; ; k++)
        {
            if ((k > 1 && bits.NextBelow(k) != 0) || bits.NextBelow(denominator) >= numerator)
            {
                return k % 2 != 0;
            }
        }
    }

    /// <summary>Heads with probability exp(-numerator/denominator).</summary>
    public static bool ExpMinus(UInt128 numerator, UInt128 denominator, RandomBits bits)
    {
        var (whole, rest) = numerator < denominator ? (UInt128.Zero, numerator) : UInt128.DivRem(numerator, denominator);
        for (; whole > 0; whole--)
        {
            if (!ExpMinusOne(bits))
            {
                return false;
            }
        }

        for (ulong k = 1; ; k++)
        {
            if ((k > 1 && bits.NextBelow(k) != 0) || bits.NextBelow(denominator) >= rest)
            {
                return k % 2 != 0;
            }
        }
    }

    /// <summary>Heads with probability exp(-numerator/denominator).</summary>
    public static bool ExpMinus(BigInteger numerator, BigInteger denominator, RandomBits bits)
    {
        var (whole, rest) = BigInteger.DivRem(numerator, denominator);
        for (; whole > 0; whole--)
        {
            if (!ExpMinusOne(bits))
            {
                return false;
            }
        }

        for (ulong k = 1; ; k++)
        {
            if ((k > 1 && bits.NextBelow(k) != 0) || bits.NextBelow(denominator) >= rest)
            {
                return k % 2 != 0;
            }
        }
    }
}
