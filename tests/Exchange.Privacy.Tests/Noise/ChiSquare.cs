using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>Pearson's test of drawn values against the exact probabilities, values with few expected draws pooled in the tails.</summary>
internal static class ChiSquare
{
    private const double ExpectedLeast = 25;

    /// <summary>
    /// By how many standard deviations the statistic is off (Wilson and Hilferty 1931): above 7.5 once in about 10^13 runs of a right sampler.
    /// </summary>
    public static double Deviation(NoiseDistribution exact, IReadOnlyDictionary<long, long> drawn)
    {
        var total = drawn.Values.Sum();
        var (statistic, bins, inside, seen) = (0.0, 0, 0.0, 0L);
        void Bin(double probability, long count)
        {
            var expected = probability * total;
            statistic += (count - expected) * (count - expected) / expected;
            bins++;
            (inside, seen) = (inside + probability, seen + count);
        }

        for (var k = 0L; ; k++)
        {
            var probability = Math.Exp(exact.LogProbabilityOf(k));
            if (probability * total < ExpectedLeast)
            {
                break;
            }

            Bin(probability, drawn.GetValueOrDefault(k));
            if (k > 0)
            {
                Bin(probability, drawn.GetValueOrDefault(-k));
            }
        }

        if ((1 - inside) * total >= 5)
        {
            Bin(1 - inside, total - seen);
        }

        var freedom = bins - 1.0;
        return (Math.Cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.Sqrt(2 / (9 * freedom));
    }

    public static Dictionary<long, long> Draw(NoiseDistribution sampler, RandomBits bits, int count)
    {
        var drawn = new Dictionary<long, long>();
        for (var i = 0; i < count; i++)
        {
            var value = (long)sampler.Sample(bits);
            drawn[value] = drawn.GetValueOrDefault(value) + 1;
        }

        return drawn;
    }
}
