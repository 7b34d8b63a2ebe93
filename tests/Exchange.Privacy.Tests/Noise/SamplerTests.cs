using System.Numerics;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>Each sampler against its exact distribution, on a fixed seed and on the system's generator.</summary>
public sealed class SamplerTests
{
    private const int Draws = 200_000;
    private const double DeviationMax = 7.5;

    public static TheoryData<string> Variances => ["0.25", "1", "9", "99.5", "998.56", "20000"];

    public static TheoryData<string> Scales => ["0.5", "1", "2.5", "10", "33.3"];

    [Theory]
    [MemberData(nameof(Variances))]
    public void The_Gaussian_sampler_has_its_exact_distribution(string variance)
    {
        var noise = new DiscreteGaussian(Fraction.Of(Number(variance)));
        Assert.InRange(ChiSquare.Deviation(noise, ChiSquare.Draw(noise, new SeededBits("gaussian " + variance), Draws)), -DeviationMax, DeviationMax);
        Assert.InRange(ChiSquare.Deviation(noise, ChiSquare.Draw(noise, new SystemRandomBits(), Draws)), -DeviationMax, DeviationMax);
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void The_Laplace_sampler_has_its_exact_distribution(string scale)
    {
        var noise = new DiscreteLaplace(Fraction.Of(Number(scale)));
        Assert.InRange(ChiSquare.Deviation(noise, ChiSquare.Draw(noise, new SeededBits("laplace " + scale), Draws)), -DeviationMax, DeviationMax);
        Assert.InRange(ChiSquare.Deviation(noise, ChiSquare.Draw(noise, new SystemRandomBits(), Draws)), -DeviationMax, DeviationMax);
    }

    [Fact]
    public void The_test_tells_a_variance_that_is_five_percent_off() =>
        Assert.True(ChiSquare.Deviation(new DiscreteGaussian(9), ChiSquare.Draw(new DiscreteGaussian(Fraction.Of(9.45m)), new SeededBits("off"), Draws)) > DeviationMax);

    [Fact]
    public void Big_integers_draw_from_the_same_distribution_as_128_bits()
    {
        // The same σ² within 2^-60 has a denominator that 128 bits do not hold.
        var wide = new DiscreteGaussian(new Fraction((BigInteger.One << 60) * 9 + 1, BigInteger.One << 60));
        Assert.False(wide.IsNarrow);
        Assert.True(new DiscreteGaussian(9).IsNarrow);
        Assert.InRange(ChiSquare.Deviation(new DiscreteGaussian(9), ChiSquare.Draw(wide, new SeededBits("wide"), 30_000)), -DeviationMax, DeviationMax);

        var laplace = new DiscreteLaplace(new Fraction((BigInteger.One << 70) * 5 / 2 + 1, BigInteger.One << 70));
        Assert.InRange(ChiSquare.Deviation(new DiscreteLaplace(Fraction.Of(2.5m)), ChiSquare.Draw(laplace, new SeededBits("wide"), 30_000)), -DeviationMax, DeviationMax);
    }

    [Theory]
    [InlineData(34)]
    [InlineData(55)]
    [InlineData(80)]
    public void A_large_variance_is_that_of_the_draws(int exponent)
    {
        var noise = new DiscreteGaussian(new Fraction(BigInteger.One << exponent, 1));
        var bits = new SeededBits("large");
        const int count = 20_000;
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var scaled = (double)noise.Sample(bits) / noise.Sigma;
            (sum, squares) = (sum + scaled, squares + scaled * scaled);
        }

        // Six standard errors of a mean and of a variance.
        Assert.InRange(sum / Math.Sqrt(count), -6, 6);
        Assert.InRange((squares / count - 1) / Math.Sqrt(2.0 / count), -6, 6);
    }

    [Fact]
    public void The_same_seed_draws_the_same_noise() =>
        Assert.Equal(ChiSquare.Draw(new DiscreteGaussian(50), new SeededBits("a"), 1000), ChiSquare.Draw(new DiscreteGaussian(50), new SeededBits("a"), 1000));

    [Theory]
    [InlineData(3UL)]
    [InlineData(1_000_003UL)]
    [InlineData((1UL << 63) + 1)]
    public void Integers_below_a_bound_are_equally_likely(ulong bound)
    {
        var bits = new SeededBits("uniform");
        const int count = 90_000;
        var thirds = new long[3];
        for (var i = 0; i < count; i++)
        {
            thirds[(int)((UInt128)bits.NextBelow(bound) * 3 / bound)]++;
        }

        Assert.All(thirds, third => Assert.InRange(third, 30_000 - 850, 30_000 + 850));
    }

    [Fact]
    public void A_bound_of_one_is_zero_in_every_width()
    {
        var bits = new SeededBits("one");
        Assert.Equal(0ul, bits.NextBelow(1ul));
        Assert.Equal(UInt128.Zero, bits.NextBelow(UInt128.One));
        Assert.Equal(BigInteger.Zero, bits.NextBelow(BigInteger.One));
    }

    [Fact]
    public void Parameters_out_of_bounds_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscreteGaussian(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscreteGaussian(new Fraction(DiscreteGaussian.VarianceMax + 1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscreteLaplace(0));
        _ = new DiscreteGaussian(new Fraction(DiscreteGaussian.VarianceMax, 1));
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
