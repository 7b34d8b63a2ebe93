using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// Noise with P[X = k] proportional to exp(-|k|/s).
/// Guarantee: a vector of integers in which one unit changes entries by a total of at most D, with this noise of scale s on each entry,
/// is released with (D/s)-differential privacy, and so with (D/s)²/2-zCDP (Bun and Steinke 2016, proposition 1.4).
/// Assumes independent fair bits. Sampler: Canonne, Kamath, Steinke 2020, algorithm 2.
/// </summary>
public sealed class DiscreteLaplace : NoiseDistribution
{
    private readonly BigInteger _t;
    private readonly BigInteger _s;
    private readonly ulong _narrowT;
    private readonly ulong _narrowS;
    private readonly double _scale;

    /// <param name="scale">s; above 0, numerator and denominator up to 2^100.</param>
    public DiscreteLaplace(Fraction scale)
    {
        ArgumentOutOfRangeException.ThrowIfZero(scale.Numerator);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BigInteger.Max(scale.Numerator, scale.Denominator), BigInteger.One << 100);
        Scale = scale;
        (_t, _s) = (scale.Numerator, scale.Denominator);
        _scale = scale.ToDouble();
        if (_t <= ulong.MaxValue >> 1 && _s <= ulong.MaxValue >> 1)
        {
            (_narrowT, _narrowS) = ((ulong)_t, (ulong)_s);
        }
    }

    /// <summary>s.</summary>
    public Fraction Scale { get; }

    /// <inheritdoc/>
    public override double Variance => 1 / (2 * Math.Pow(Math.Sinh(1 / (2 * _scale)), 2));

    /// <inheritdoc/>
    public override Int128 Sample(RandomBits bits) => _narrowT != 0 ? SampleNarrow(_narrowT, _narrowS, bits) : SampleWide(bits);

    /// <summary>The sampler for a scale of t/s, both below 2^63.</summary>
    internal static Int128 SampleNarrow(ulong t, ulong s, RandomBits bits)
    {
        while (true)
        {
            var u = bits.NextBelow(t);
            if (!Coin.ExpMinusFraction(u, t, bits))
            {
                continue;
            }

            ulong v = 0;
            while (Coin.ExpMinusOne(bits))
            {
                v++;
            }

            var x = (UInt128)v * t + u;
            var magnitude = (Int128)(s == 1 ? x : x / s);
            var negative = bits.NextBit();
            if (!negative || magnitude != 0)
            {
                return negative ? -magnitude : magnitude;
            }
        }
    }

    /// <inheritdoc/>
    public override double LogProbabilityOf(long value) => Math.Log(Math.Tanh(1 / (2 * _scale))) - Math.Abs((double)value) / _scale;

    /// <inheritdoc/>
    /// <remarks>P[X &gt; k] = exp(-k/s) / (exp(1/s) + 1).</remarks>
    public override double LogTailAbove(long value) => -(value + 1) / _scale - SpecialFunctions.LogOnePlus(Math.Exp(-1 / _scale));

    /// <inheritdoc/>
    public override double HalfWidth(double confidence) => _scale * (Math.Log(2 / (1 - confidence)) - 1 / _scale - SpecialFunctions.LogOnePlus(Math.Exp(-1 / _scale))) + 1;

    private Int128 SampleWide(RandomBits bits)
    {
        while (true)
        {
            var u = bits.NextBelow(_t);
            if (!Coin.ExpMinus(u, _t, bits))
            {
                continue;
            }

            var v = BigInteger.Zero;
            while (Coin.ExpMinusOne(bits))
            {
                v++;
            }

            var magnitude = (u + _t * v) / _s;
            var negative = bits.NextBit();
            if (!negative || !magnitude.IsZero)
            {
                return (Int128)(negative ? -magnitude : magnitude);
            }
        }
    }
}
