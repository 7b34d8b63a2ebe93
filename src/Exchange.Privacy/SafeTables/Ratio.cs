using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>An exact fraction, for comparisons that must not pass because of rounding.</summary>
internal readonly record struct Ratio(BigInteger Numerator, BigInteger Denominator)
{
    public static Ratio OfPercent(decimal percent)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(percent, parts);
        var unscaled = new BigInteger((uint)parts[0]) | (new BigInteger((uint)parts[1]) << 32) | (new BigInteger((uint)parts[2]) << 64);
        var scale = (parts[3] >> 16) & 0xFF;
        return new(parts[3] < 0 ? -unscaled : unscaled, 100 * BigInteger.Pow(10, scale));
    }

    /// <summary>Whether left is at least this part of right.</summary>
    public bool IsReachedBy(BigInteger left, BigInteger right) => left * Denominator >= Numerator * right;
}
