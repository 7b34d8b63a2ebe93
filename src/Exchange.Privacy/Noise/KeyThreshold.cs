namespace Exchange.Privacy.Noise;

/// <summary>
/// Thresholds for group keys that nobody declared: a key is shown only if its noisy count of units reaches the threshold.
/// Guarantee: a unit that is alone in each of its at most <c>groups</c> groups shows any of them with probability at most δ, so that
/// the set of keys costs δ beside what the noise costs. Neighbours differ in one unit, added or removed. Source: Korolova, Kenthapadi,
/// Mishra and Ntoulas 2009; Wilson et al. 2020, section 4; the discrete form is summed exactly.
/// </summary>
public static class KeyThreshold
{
    /// <summary>δ of each of so many groups: 1 - (1-δ)^(1/groups).</summary>
    public static double PerGroup(double delta, int groups) => -SpecialFunctions.ExpMinusOne(SpecialFunctions.LogOnePlus(-delta) / groups);

    /// <summary>Of continuous Laplace noise: <paramref name="most"/> is what a unit adds to one group.</summary>
    public static double OfLaplace(int groups, double most, double epsilon, double delta)
    {
        var (each, scale) = (PerGroup(delta, groups), groups * most / epsilon);
        return each <= 0.5 ? most - scale * Math.Log(2 * each) : most + scale * Math.Log(2 * (1 - each));
    }

    /// <summary>δ that a threshold gives under continuous Laplace noise in one group.</summary>
    public static double DeltaOfLaplace(double most, double epsilon, double threshold) => threshold >= most
        ? 0.5 * Math.Exp(-epsilon * (threshold - most) / most)
        : 1 - 0.5 * Math.Exp(epsilon * (threshold - most) / most);

    /// <summary>Of continuous Gaussian noise.</summary>
    public static double OfGaussian(int groups, double most, double sigma, double delta) => most - sigma * SpecialFunctions.NormalQuantile(PerGroup(delta, groups));

    /// <summary>
    /// Of noise on integers: the least T such that a count of <paramref name="most"/> with noise reaches T with probability at most δ per
    /// group; the key is shown where the noisy count is at least T.
    /// </summary>
    public static long Of(NoiseDistribution noise, int groups, long most, double delta)
    {
        var target = Math.Log(PerGroup(delta, groups));
        // P[most + X ≥ T] = P[X > T - most - 1].
        var (fails, holds) = (-1L, 1L);
        while (noise.LogTailAbove(holds) > target)
        {
            (fails, holds) = (holds, holds * 2);
        }

        while (holds - fails > 1)
        {
            var middle = fails + (holds - fails) / 2;
            (fails, holds) = noise.LogTailAbove(middle) > target ? (middle, holds) : (fails, middle);
        }

        return holds + most + 1;
    }

    /// <summary>
    /// With which probability the best mechanism of (ε, δ) shows a key that <paramref name="units"/> units have: Desfontaines, Voss,
    /// Gipson and Mandayam 2022, theorem 1. What a threshold can be compared with.
    /// </summary>
    /// <param name="epsilon">ε of one key.</param>
    /// <param name="delta">δ of one key.</param>
    /// <param name="units">Units that have the key.</param>
    /// <param name="leastUnits">A key with fewer is never shown; from 1.</param>
    public static double BestProbability(double epsilon, double delta, long units, long leastUnits = 1)
    {
        var probability = 0.0;
        for (var n = leastUnits; n <= units && probability < 1; n++)
        {
            probability = Math.Min(Math.Min(Math.Exp(epsilon) * probability + delta, 1 - Math.Exp(-epsilon) * (1 - probability - delta)), 1);
        }

        return probability;
    }
}
