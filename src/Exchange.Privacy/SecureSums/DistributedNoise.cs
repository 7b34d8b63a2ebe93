using System.Numerics;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Noise of a sum of which each participant adds a share: discrete Gaussian of variance σᵢ² = σ² / (survivors − cheaters), so that the sum over
/// the fewest survivors has variance σ² though <c>cheaters</c> of them add none, or know theirs and take it off. More survivors
/// only add noise, and what is charged holds for them too.
/// <para>
/// Guarantee: a vector of integers that one unit changes by at most Δ in Euclidean length and in at most d places, of which each entry has this
/// noise, is released with ε²/2-zCDP, where ε = min( √(Δ²/(hσᵢ²) + τd/2), Δ/(√h·σᵢ) + τ√d ), τ = 10·Σ exp(−2π²σᵢ²k/(k+1)) for k from 1
/// to h − 1, and h = survivors − cheaters. The sum of discrete Gaussians is none, and τ says by how much; σᵢ is at least 2, where τ is below
/// 1e-16 · h. Neighbours differ in one unit, added or removed; a unit is at one participant. Assumes independent fair bits, that the others'
/// shares stay unknown (what the masks do), and no more cheaters than stated, an asker that takes part being one of them. Source: Kairouz,
/// Liu, Steinke, "The Distributed Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation" (ICML 2021), theorem 1.
/// </para>
/// </summary>
public sealed class DistributedNoise
{
    /// <summary>Least σᵢ².</summary>
    public const int ShareVarianceMin = 4;

    /// <summary>How many σᵢ of each participant's noise a sum has room for.</summary>
    public const int RoomInSigmas = 10;

    private readonly DiscreteGaussian _share;

    /// <summary>The noise for a declared variance.</summary>
    /// <param name="variance">σ² of the sum, on the grid of its integers; above 0. Where σᵢ would be below 2, it is 2, and <see cref="Variance"/> says what that gives.</param>
    /// <param name="survivorsMin">Fewest participants whose sum may be told: a cohort's <see cref="Cohort.SurvivorsLeast"/>.</param>
    /// <param name="cheaters">How many of them may add none; fewer than <paramref name="survivorsMin"/>.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/>.</exception>
    public DistributedNoise(Fraction variance, int survivorsMin, int cheaters)
    {
        if (cheaters < 0 || cheaters >= survivorsMin)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "Of the participants whose sum may be told, at least one adds its share of the noise.");
        }

        Honest = survivorsMin - cheaters;
        var share = variance / Honest;
        _share = new DiscreteGaussian(share.Numerator < ShareVarianceMin * share.Denominator ? ShareVarianceMin : share);
    }

    /// <summary>h: how many shares are counted on.</summary>
    public int Honest { get; }

    /// <summary>σᵢ²: of each participant's share.</summary>
    public Fraction ShareVariance => _share.Parameter;

    /// <summary>hσᵢ²: of the sum over the fewest survivors, cheaters among them; at least what was asked for.</summary>
    public Fraction Variance => ShareVariance * Honest;

    /// <summary>τ.</summary>
    public double Tau => TauOf(ShareVariance.ToDouble(), Honest);

    /// <summary>Of the sum over so many, all of whom add their shares.</summary>
    public Fraction VarianceOf(int survivors) => ShareVariance * survivors;

    /// <summary>One participant's share for one value.</summary>
    public Int128 Sample(RandomBits bits) => _share.Sample(bits);

    /// <summary>What a release costs.</summary>
    /// <param name="sensitivitySquared">Δ²: the square of the Euclidean length that one unit changes the integers by at most.</param>
    /// <param name="places">d: how many of them it changes at most.</param>
    public Rho RhoOf(double sensitivitySquared, int places) => Rho.Charge(RhoOf(sensitivitySquared, places, ShareVariance.ToDouble(), Honest));

    /// <summary>Largest absolute noise of one participant that a sum has room for. A draw beyond it, one in 10^22, is refused by <see cref="SumInput"/> at worst.</summary>
    public Int128 Room
    {
        get
        {
            // The root of the variance rounded up.
            var whole = (ShareVariance.Numerator + ShareVariance.Denominator - 1) / ShareVariance.Denominator;
            var root = (BigInteger)Math.Ceiling(Math.Sqrt((double)whole) * (1 + 1e-15)) + 1;
            return (Int128)(RoomInSigmas * root);
        }
    }

    /// <summary>Refuses values that with their noise the cohort's sum could not hold.</summary>
    /// <param name="cohort">Whose sum.</param>
    /// <param name="magnitudeMax">Largest absolute value of one participant, before noise.</param>
    /// <param name="isWide">Whether the value is wide.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/>.</exception>
    public void CheckRoom(Cohort cohort, Int128 magnitudeMax, bool isWide)
    {
        var most = isWide ? Int128.MaxValue / cohort.Count : long.MaxValue / cohort.Count;
        if (magnitudeMax < 0 || magnitudeMax > most - Room)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "The product's bounds and the noise are larger than a secure sum of this cohort can hold; take a coarser grid.");
        }
    }

    internal static double TauOf(double shareVariance, int honest)
    {
        var sum = 0.0;
        for (var k = honest - 1; k > 0; k--)
        {
            sum += Math.Exp(-2 * Math.PI * Math.PI * shareVariance * k / (k + 1));
        }

        return 10 * sum;
    }

    internal static double RhoOf(double sensitivitySquared, int places, double shareVariance, int honest)
    {
        var tau = TauOf(shareVariance, honest);
        var ideal = sensitivitySquared / (honest * shareVariance);
        var epsilonSquared = Math.Min(ideal + tau * places / 2, Math.Pow(Math.Sqrt(ideal) + tau * Math.Sqrt(places), 2));
        return epsilonSquared / 2;
    }
}
