using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>What a unit alone in its groups can show.</summary>
public sealed class KeyThresholdTests
{
    [Theory]
    [InlineData(1, 1, "1", 1e-6, 15)]
    [InlineData(2, 1, "1", 1e-6, 30)]
    [InlineData(1, 1, "0.1", 1e-6, 133)]
    [InlineData(4, 1, "1", 1e-9, 88)]
    [InlineData(1, 1, "1.0986122886681098", 1e-10, 22)]
    public void Threshold_of_the_discrete_Laplace(int groups, int most, string epsilon, double delta, long expected)
    {
        var noise = new DiscreteLaplace(new Fraction(groups * most, 1) / Fraction.Of(decimal.Parse(epsilon, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(expected, KeyThreshold.Of(noise, groups, most, delta));
    }

    [Theory]
    [InlineData(1, 3.319000812207484e-5)]
    [InlineData(2, 9.021979596479657e-5)]
    [InlineData(3, 2.4524283193794183e-4)]
    public void Tail_beyond_a_strict_threshold(int sensitivity, double expected) =>
        Assert.Equal(expected, Math.Exp(new DiscreteLaplace(1).LogTailAbove(10 - sensitivity)), expected * 1e-11);

    [Fact]
    public void A_threshold_that_is_reached_and_not_passed_shows_a_single_unit_more_often() =>
        Assert.Equal(9.02e-5, Math.Exp(new DiscreteLaplace(1).LogTailAbove(10 - 1 - 1)), 1e-7);

    [Theory]
    [InlineData(1, 1, 5.0, 1e-6)]
    [InlineData(4, 1, 200.0, 1e-9)]
    [InlineData(3, 2, 20.0, 1e-8)]
    [InlineData(2, 1, 3_000_000.0, 1e-9)]
    public void A_unit_alone_in_its_groups_shows_one_with_at_most_delta_by_exact_summation(int groups, int most, double variance, double delta)
    {
        foreach (NoiseDistribution noise in new NoiseDistribution[] { new DiscreteGaussian(Fraction.Of((decimal)variance)), new DiscreteLaplace(Fraction.Of((decimal)Math.Sqrt(variance))) })
        {
            var threshold = KeyThreshold.Of(noise, groups, most, delta);
            double Shown(long at) => Enumerable.Range(0, 200_000).Sum(k => Math.Exp(noise.LogProbabilityOf(at - most + k)));
            var each = -Math.Log(1 - delta) / groups;
            Assert.True(Shown(threshold) <= each * (1 + 1e-9));
            Assert.True(Shown(threshold - 1) > each * 0.999, "one less would do");
        }
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 0.16666667)]
    [InlineData(3, 0.0555555556)]
    [InlineData(5, 0.0061728396)]
    [InlineData(10, 2.5402631e-5)]
    [InlineData(20, 4.3019580e-10)]
    public void Delta_of_a_threshold_of_Laplace_noise(int threshold, double delta) => Assert.Equal(delta, KeyThreshold.DeltaOfLaplace(1, Math.Log(3), threshold), delta * 1e-7);

    [Fact]
    public void Threshold_of_Laplace_noise() => Assert.Equal(7.43775164974, KeyThreshold.OfLaplace(1, 1, 0.5, 0.02), 1e-10);

    [Theory]
    [InlineData(0.5, 0.02, 6, 0.58840484458)]
    [InlineData(0.5, 0.02, 8, 0.86807080625)]
    [InlineData(0.5, 0.02, 15, 1)]
    [InlineData(1e-20, 0.02, 6, 0.12)]
    [InlineData(1e-20, 0.15, 3, 0.45)]
    [InlineData(1e-20, 0.02, 40, 0.8)]
    [InlineData(0.6931471805599453, 0.1, 0, 0)]
    [InlineData(0.6931471805599453, 0.1, 2, 0.3)]
    [InlineData(0.6931471805599453, 0.1, 3, 0.7)]
    [InlineData(0.6931471805599453, 0.1, 4, 0.9)]
    [InlineData(0.6931471805599453, 0.1, 5, 1)]
    public void Best_probability_of_showing_a_key(double epsilon, double delta, long units, double expected) =>
        Assert.Equal(expected, KeyThreshold.BestProbability(epsilon, delta, units), 1e-9);

    [Fact]
    public void A_key_below_the_least_units_is_never_shown()
    {
        Assert.Equal(0, KeyThreshold.BestProbability(1, 0.3, 99, leastUnits: 100));
        Assert.Equal(0.3, KeyThreshold.BestProbability(1, 0.3, 100, leastUnits: 100), 1e-12);
    }

    [Fact]
    public void No_threshold_shows_a_single_unit_more_often_than_the_best_mechanism() =>
        Assert.True(Math.Exp(new DiscreteLaplace(1).LogTailAbove(15 - 1 - 1)) <= KeyThreshold.BestProbability(1, 1e-6, 1));
}
