using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// Noise with P[X = k] proportional to exp(-k²/(2σ²)).
/// Guarantee: a vector of integers that one unit changes by at most Δ in Euclidean length, with this noise on each entry, is released
/// with Δ²/(2σ²)-zCDP. Assumes independent fair bits. Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential
/// Privacy" (2020), theorem 4 for the guarantee, algorithm 3 for the sampler.
/// </summary>
/// <remarks>
/// The sampler draws Y from a discrete Laplace distribution of scale t = floor(σ) + 1 and accepts it with probability
/// exp(-(|Y| - σ²/t)²/(2σ²)). With σ² = p/q that exponent is (|Y|·q·t - p)² / (2·p·q·t²), a fraction of integers. While p is below 2^56,
/// q below 2^20 and 2·p·q·t² below 2^127, it is computed in 128 bits without overflow; a draw in which |Y|·q·t reaches 2^63, and every
/// other σ², is decided in big integers. Both ways decide on the same integers, so both are exact.
/// </remarks>
public sealed class DiscreteGaussian : NoiseDistribution
{
    /// <summary>Largest variance: σ of 2^50.</summary>
    public static readonly BigInteger VarianceMax = BigInteger.One << 100;

    private readonly BigInteger _p;
    private readonly BigInteger _q;
    private readonly BigInteger _t;
    private readonly BigInteger _denominator;
    private readonly ulong _narrowP;
    private readonly ulong _narrowT;
    private readonly ulong _narrowQt;
    private readonly UInt128 _narrowDenominator;
    private readonly double _sigma2;
    private readonly Lazy<double> _logTotal;

    /// <param name="variance">σ², the parameter; the variance of the distribution is no larger. Above 0.</param>
    public DiscreteGaussian(Fraction variance)
    {
        ArgumentOutOfRangeException.ThrowIfZero(variance.Numerator);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(variance.Numerator, VarianceMax * variance.Denominator);
        Parameter = variance;
        (_p, _q) = (variance.Numerator, variance.Denominator);
        _t = FloorOfRoot(_p / _q) + 1;
        _denominator = 2 * _p * _q * _t * _t;
        _sigma2 = variance.ToDouble();
        _logTotal = new Lazy<double>(LogTotal);
        if (_p < BigInteger.One << 56 && _q < BigInteger.One << 20 && _denominator < BigInteger.One << 127)
        {
            (_narrowP, _narrowT, _narrowQt, _narrowDenominator) = ((ulong)_p, (ulong)_t, (ulong)(_q * _t), (UInt128)_denominator);
        }
    }

    /// <summary>σ².</summary>
    public Fraction Parameter { get; }

    /// <summary>σ.</summary>
    public double Sigma => Math.Sqrt(_sigma2);

    /// <inheritdoc/>
    public override double Variance
    {
        get
        {
            // From σ of 3 on, the variance is σ² to every digit of a double (proposition 21 of the paper).
            if (_sigma2 >= 9)
            {
                return _sigma2;
            }

            var sum = 0.0;
            for (var k = 150; k > 0; k--)
            {
                sum += 2 * (double)k * k * Math.Exp(LogProbabilityOf(k));
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public override Int128 Sample(RandomBits bits)
    {
        while (true)
        {
            var y = _narrowP != 0 ? DiscreteLaplace.SampleNarrow(_narrowT, 1, bits) : SampleWide(bits);
            if (Accept(Int128.Abs(y), bits))
            {
                return y;
            }
        }
    }

    /// <inheritdoc/>
    public override double LogProbabilityOf(long value) => -((double)value * value) / (2 * _sigma2) - _logTotal.Value;

    /// <inheritdoc/>
    /// <remarks>From σ of 1,000 on the normal distribution's tail, which is never smaller: terms fall, and their total is at least sqrt(2πσ²).</remarks>
    public override double LogTailAbove(long value)
    {
        if (_sigma2 >= 1e6 && value / Sigma < 30)
        {
            return Math.Log(SpecialFunctions.Normal(-value / Sigma));
        }

        // Terms fall at least geometrically once beyond σ; what is left out is below the last digit of a double.
        var first = LogProbabilityOf(value + 1);
        var sum = 0.0;
        for (var k = value + 1; ; k++)
        {
            var term = Math.Exp(LogProbabilityOf(k) - first);
            sum += term;
            if (term < 1e-18 * sum && k - value > Sigma)
            {
                return first + Math.Log(sum);
            }
        }
    }

    /// <inheritdoc/>
    public override double HalfWidth(double confidence) => Sigma * SpecialFunctions.NormalQuantile(0.5 + confidence / 2);

    /// <summary>Whether 128 bits suffice for almost every draw.</summary>
    internal bool IsNarrow => _narrowP != 0;

    private bool Accept(Int128 magnitude, RandomBits bits)
    {
        if (_narrowP != 0 && magnitude <= long.MaxValue / (Int128)_narrowQt)
        {
            var reach = (long)((ulong)magnitude * _narrowQt);
            var distance = (UInt128)Math.Abs(reach - (long)_narrowP);
            return Coin.ExpMinus(distance * distance, _narrowDenominator, bits);
        }

        var wide = (BigInteger)magnitude * _q * _t - _p;
        return Coin.ExpMinus(wide * wide, _denominator, bits);
    }

    private Int128 SampleWide(RandomBits bits) => new DiscreteLaplace(new Fraction(_t, 1)).Sample(bits);

    private double LogTotal()
    {
        // For σ of 3 and more, the sum is sqrt(2πσ²) to every digit (Poisson summation).
        if (_sigma2 >= 9)
        {
            return 0.5 * Math.Log(2 * Math.PI * _sigma2);
        }

        var sum = 1.0;
        for (var k = 1; k < 150; k++)
        {
            sum += 2 * Math.Exp(-((double)k * k) / (2 * _sigma2));
        }

        return Math.Log(sum);
    }

    private static BigInteger FloorOfRoot(BigInteger number)
    {
        if (number.IsZero)
        {
            return BigInteger.Zero;
        }

        // Newton's iteration from above.
        var root = BigInteger.One << (int)((number.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + number / root) / 2;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}
