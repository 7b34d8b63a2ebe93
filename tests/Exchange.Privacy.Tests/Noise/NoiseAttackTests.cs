using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>Attacks on the mechanism itself, each first against a control where it must win.</summary>
public sealed class NoiseAttackTests
{
    /// <summary>
    /// The attack on floating noise: values that are possible in one world and impossible in the other (Mironov 2012). Both worlds of an
    /// integer count with integer noise have the same support.
    /// </summary>
    [Fact]
    public void A_count_of_zero_and_a_count_of_one_have_the_same_support()
    {
        var noise = new DiscreteGaussian(4);
        var bits = new SeededBits("support");
        var worlds = new[] { new HashSet<long>(), new HashSet<long>() };
        for (var i = 0; i < 300_000; i++)
        {
            worlds[0].Add((long)noise.Sample(bits));
            worlds[1].Add(1 + (long)noise.Sample(bits));
        }

        var likely = Enumerable.Range(-7, 15).Select(value => (long)value).ToList();
        Assert.Subset(worlds[0], likely.ToHashSet());
        Assert.Subset(worlds[1], likely.Select(value => value + 1).ToHashSet());

        // The control: of a floating sampler of 16 bits, every value that is possible in one world is known, and hardly one is in the other.
        double Floating(double count, int draw) => count - 2 * Math.Log((draw + 1.0) / 65537);
        var zero = Enumerable.Range(0, 65536).Select(draw => Floating(0, draw)).ToHashSet();
        Assert.True(Enumerable.Range(0, 65536).Count(draw => zero.Contains(Floating(1, draw))) < 100);
    }

    /// <summary>
    /// Ten thousand adaptive questions under a total of ρ: whoever guesses a bit is right at most Φ(√(ρ/2)) of the time. The adversary
    /// asks for the count of the target alone, the most telling question there is, and takes the sign of the best estimate.
    /// </summary>
    [Theory]
    [InlineData(0.02436, 0.5439)]
    [InlineData(0.1, 0.5885)]
    [InlineData(0.5, 0.6915)]
    [InlineData(1, 0.7602)]
    public void Guessing_membership_stays_under_its_bound(double rho, double bound)
    {
        Assert.Equal(bound, SpecialFunctions.Normal(Math.Sqrt(rho / 2)), 1e-4);
        const int targets = 4_000;
        const int questions = 50;
        var each = ContributionLimits.VarianceFor(1, Rho.Charge(rho / questions));
        var accuracy = Accuracy(targets, questions, new DiscreteGaussian(each));
        Assert.True(accuracy - bound < 3 * Math.Sqrt(bound * (1 - bound) / targets), $"{accuracy}");

        // Close to the bound: the attack is the best one.
        Assert.True(bound - accuracy < 4 * Math.Sqrt(bound * (1 - bound) / targets), $"{accuracy}");
    }

    [Fact]
    public void Guessing_membership_wins_with_the_noise_off() => Assert.Equal(1, Accuracy(1000, 1, null));

    private static double Accuracy(int targets, int questions, NoiseDistribution? noise)
    {
        var bits = new SeededBits("membership");
        var right = 0;
        for (var target = 0; target < targets; target++)
        {
            var member = bits.NextBit();
            Int128 total = 0;
            for (var question = 0; question < questions; question++)
            {
                total += (member ? 1 : 0) + (noise?.Sample(bits) ?? 0);
            }

            var guess = total * 2 == questions ? bits.NextBit() : total * 2 > questions;
            right += guess == member ? 1 : 0;
        }

        return (double)right / targets;
    }

    [Fact]
    public void A_key_of_a_single_unit_is_shown_no_more_often_than_delta()
    {
        const double delta = 1e-3;
        const int runs = 500_000;
        var noise = new DiscreteGaussian(20);
        var threshold = KeyThreshold.Of(noise, 1, 1, delta);
        var bits = new SeededBits("key");
        var shown = 0;
        for (var run = 0; run < runs; run++)
        {
            shown += 1 + noise.Sample(bits) >= threshold ? 1 : 0;
        }

        Assert.True(shown <= delta * runs + 5 * Math.Sqrt(delta * runs), $"{shown}");
    }
}
