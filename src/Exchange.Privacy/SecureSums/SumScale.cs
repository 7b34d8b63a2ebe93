using System.Numerics;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The fixed-point scale of a wide value: x stands as the integer nearest to x · 2^<see cref="Exponent"/>. It follows from declared
/// bounds alone, so all participants have the same one and it tells nothing of anybody's data.
/// </summary>
public sealed class SumScale
{
    /// <summary>Finest scale: 2^-60.</summary>
    public const int ExponentMax = 60;

    private SumScale(int exponent, double magnitudeMax)
    {
        Exponent = exponent;
        MagnitudeMax = magnitudeMax;
    }

    /// <summary>Power of two that values are multiplied with; may be negative.</summary>
    public int Exponent { get; }

    /// <summary>Largest absolute value of one participant.</summary>
    public double MagnitudeMax { get; }

    /// <summary>How far a sum over so many participants may be off by rounding.</summary>
    public double RoundingMax(int participants) => participants * Math.ScaleB(0.5, -Exponent);

    /// <summary>The finest scale at which a sum cannot overflow.</summary>
    /// <param name="contributionMax">Largest absolute contribution of a row: of the product's bounds, or squared about their middle.</param>
    /// <param name="rowsMax">Most rows of one participant; at least 1.</param>
    /// <param name="participants">Size of the cohort; at least 1.</param>
    /// <param name="noiseSigma">Standard deviation of one participant's noise, in the value's unit: there is room for ten of them. 0 without noise.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/> when a bound is not finite or below zero.</exception>
    public static SumScale For(double contributionMax, long rowsMax, int participants, double noiseSigma = 0)
    {
        var magnitude = contributionMax * rowsMax;
        var room = magnitude + DistributedNoise.RoomInSigmas * noiseSigma;
        if (!double.IsFinite(room) || contributionMax < 0 || noiseSigma < 0 || rowsMax < 1 || participants < 1)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "A secure sum needs finite bounds of every value.");
        }

        // One bit for the sign, one for rounding. ILogB rounds down: 2^(ILogB + 1) is above the total.
        var bits = room == 0 ? 0 : Math.ILogB(room * participants) + 1;
        return new SumScale(Math.Min(ExponentMax, 125 - bits), magnitude);
    }

    /// <summary>A variance in the value's unit as one of integers at this scale, exactly.</summary>
    public Fraction VarianceAt(Fraction variance) => Exponent >= 0
        ? variance * new Fraction(BigInteger.One << (2 * Exponent), 1)
        : variance / new Fraction(BigInteger.One << (-2 * Exponent), 1);

    /// <summary>The value as an integer at this scale, ties to even.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.ValueOutOfBounds"/>; also for what is not a number.</exception>
    public Int128 Encode(double value) => Math.Abs(value) <= MagnitudeMax
        ? (Int128)Math.Round(Math.ScaleB(value, Exponent), MidpointRounding.ToEven)
        : throw new SecureSumException(SecureSumFault.ValueOutOfBounds, "A value lies outside of what the product's bounds allow.");

    /// <summary>The number nearest to an integer at this scale.</summary>
    public double Decode(Int128 value) => Math.ScaleB((double)value, -Exponent);
}
