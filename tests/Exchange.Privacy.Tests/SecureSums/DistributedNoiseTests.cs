using CsCheck;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Noise that is added in shares: what it guarantees, held against the exact distribution of the sum, and that sums have room for it.</summary>
public sealed class DistributedNoiseTests
{
    [Theory]
    // Five shares, sensitivity 1 in one place: variance of the sum, largest divergence over order, the bound on it, τ.
    [InlineData(1, 1, 4.999999, 0.10000001, 0.10013540, double.NaN)]
    [InlineData(4, 1, 20, 0.02500000, 0.02500000, 7.157e-17)]
    [InlineData(1, 2, double.NaN, 0.20025848, 0.22390588, double.NaN)]
    public void The_bound_is_above_the_divergence_of_the_exact_distribution(int numerator, int denominator, double variance, double divergence, double bound, double tau)
    {
        var shareVariance = new Fraction(numerator, denominator);
        var (exactVariance, exactDivergence) = Exact(shareVariance, 5);
        var rho = DistributedNoise.RhoOf(1, 1, shareVariance.ToDouble(), 5);
        Assert.Equal(divergence, exactDivergence, 5e-9);
        Assert.Equal(bound, rho, 5e-9);
        Assert.True(exactDivergence <= rho + 1e-14);
        Assert.True(double.IsNaN(variance) || Math.Abs(variance - exactVariance) < 5e-7 * variance);
        Assert.True(double.IsNaN(tau) || Math.Abs(tau - DistributedNoise.TauOf(shareVariance.ToDouble(), 5)) < 5e-4 * tau);
    }

    [Fact]
    public void Of_a_small_variance_and_many_places_the_smaller_of_both_bounds_counts()
    {
        var tau = DistributedNoise.TauOf(0.5, 5);
        Assert.Equal(0.2 + tau * 0.25, DistributedNoise.RhoOf(1, 1, 0.5, 5), 1e-15);
        tau = DistributedNoise.TauOf(4, 3);
        Assert.Equal(Math.Pow(Math.Sqrt(1 / 12e30) + tau, 2) / 2, DistributedNoise.RhoOf(1e-30, 1, 4, 3), 1e-35);
    }

    [Theory]
    [InlineData(67, 33, 340, 10, 1)]
    [InlineData(3, 1, 1000, 500, 1)]
    // A third of σ²: exactly, not as a double.
    [InlineData(3, 0, 100, 100, 3)]
    // Below 2 on the grid, each adds as much as 2.
    [InlineData(5, 2, 3, 4, 1)]
    public void Each_adds_its_part_of_the_variance_for_the_fewest_survivors_without_the_cheaters(int survivors, int cheaters, int variance, int share, int parts)
    {
        var noise = new DistributedNoise(variance, survivors, cheaters);
        Assert.Equal(new Fraction(share, parts), noise.ShareVariance);
        Assert.True(noise.Variance.Numerator >= variance * noise.Variance.Denominator);
        Assert.Equal(noise.ShareVariance * survivors, noise.VarianceOf(survivors));
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(3, -1)]
    public void Cheaters_that_leave_nobody_are_refused(int survivors, int cheaters) =>
        Assert.Equal(SecureSumFault.CohortInvalid, Assert.Throws<SecureSumException>(() => new DistributedNoise(100, survivors, cheaters)).Fault);

    [Fact]
    public void The_charge_is_that_of_one_trusted_curator_with_the_declared_variance()
    {
        // Δ² / (2σ²), and nothing more that a charge could show.
        Assert.Equal(Rho.Charge(25 / (2 * 1000.0)), new DistributedNoise(1000, 67, 33).RhoOf(25, 10_000));
    }

    [Fact]
    public void Sums_with_cheaters_and_drop_outs_have_the_declared_variance()
    {
        // Ten participants, three of which drop out and two of which add nothing: seven survive, five shares are counted on.
        var noise = new DistributedNoise(500, 7, 2);
        const int Values = 20_000;
        var session = new SumSession(10, new SumLayout(Values, 0), (at, input) =>
        {
            var bits = new SeededBits($"noise of {at}");
            for (var value = 0; value < Values; value++)
            {
                input.SetNarrow(value, at is 3 or 4 ? 0 : (long)noise.Sample(bits));
            }
        });
        (session.LostFrom[0], session.LostFrom[5], session.LostFrom[9]) = (Round.Input, Round.Shares, Round.Keys);
        var sum = session.Run();
        Assert.Equal(7, sum.Survivors.Count);
        var square = Enumerable.Range(0, Values).Average(value => (double)sum.Narrow(value) * sum.Narrow(value));
        // Five standard errors of a variance of normal values.
        Assert.InRange(square, 500 * (1 - 5 * Math.Sqrt(2.0 / Values)), 500 * (1 + 5 * Math.Sqrt(2.0 / Values)));
    }

    [Fact]
    public void Values_and_ten_standard_deviations_of_noise_fit_or_are_refused_beforehand() =>
        Gen.Int[3, 1000].Select(Gen.Long[1, 1L << 40], Gen.Bool).Sample((count, sigma, isWide) =>
        {
            var cohort = new Cohort(new byte[32], Enumerable.Range(0, count).Select(SumSession.NameOf), new SumLayout(1, 1), 3, "asker");
            var noise = new DistributedNoise(new Fraction((System.Numerics.BigInteger)sigma * sigma * count, 1), count, 0);
            Assert.True(noise.Room >= 10 * (Int128)sigma && noise.Room <= 10 * (Int128)sigma + 30);
            var input = new SumInput(cohort);
            var most = (isWide ? input.WideMax : input.NarrowMax) - noise.Room;
            noise.CheckRoom(cohort, most, isWide);
            Set(most + noise.Room);
            Set(-most - noise.Room);
            Assert.Equal(SecureSumFault.CohortInvalid, Assert.Throws<SecureSumException>(() => noise.CheckRoom(cohort, most + 1, isWide)).Fault);
            Assert.Equal(SecureSumFault.ValueOutOfBounds, Assert.Throws<SecureSumException>(() => Set(most + noise.Room + 1)).Fault);

            void Set(Int128 value)
            {
                if (isWide)
                {
                    input.SetWide(0, value);
                }
                else
                {
                    input.SetNarrow(0, (long)value);
                }
            }
        }, iter: 200);

    [Fact]
    public void A_scale_has_room_for_noise() => Gen.Double[1e-6, 1e9].Select(Gen.Double[0, 1e12], Gen.Int[3, 1000]).Sample((contribution, sigma, participants) =>
    {
        var scale = SumScale.For(contribution, 1000, participants, sigma);
        Assert.True(scale.Exponent <= SumScale.For(contribution, 1000, participants).Exponent);
        Assert.True((Int128)Math.ScaleB(scale.MagnitudeMax + 10 * sigma, scale.Exponent) <= Int128.MaxValue / participants);
        Assert.Equal(new Fraction(9, 4), scale.VarianceAt(new Fraction(9, 4)) / scale.VarianceAt(1));
        Assert.Equal(Math.ScaleB(1, 2 * scale.Exponent), scale.VarianceAt(1).ToDouble());
    });

    // Variance of the sum of so many shares, and the largest D_a/a over orders a from 1.5 between it and itself moved by one.
    private static (double Variance, double Divergence) Exact(Fraction shareVariance, int shares)
    {
        const int Reach = 60;
        var one = new DiscreteGaussian(shareVariance);
        double[] share = [.. Enumerable.Range(-Reach, 2 * Reach + 1).Select(at => Math.Exp(one.LogProbabilityOf(at)))];
        var sum = share;
        for (var time = 1; time < shares; time++)
        {
            var next = new double[sum.Length + share.Length - 1];
            for (var at = 0; at < sum.Length; at++)
            {
                for (var by = 0; by < share.Length; by++)
                {
                    next[at + by] += sum[at] * share[by];
                }
            }

            sum = next;
        }

        var variance = sum.Select((probability, at) => Math.Pow(at - sum.Length / 2, 2) * probability).Sum();
        var divergence = ((double[])[1.5, 2, 3, 4, 5]).Max(order => Math.Log(Enumerable.Range(1, sum.Length - 1)
            .Where(at => sum[at] > 1e-200 && sum[at - 1] > 1e-200)
            .Sum(at => Math.Exp(order * Math.Log(sum[at]) + (1 - order) * Math.Log(sum[at - 1])))) / (order - 1) / order);
        return (variance, divergence);
    }
}
