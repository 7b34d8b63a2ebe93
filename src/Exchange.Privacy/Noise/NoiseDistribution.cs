namespace Exchange.Privacy.Noise;

/// <summary>A distribution on the integers, symmetric about zero, with a sampler that is exact given fair bits.</summary>
public abstract class NoiseDistribution
{
    /// <summary>Draws one value. Its probability is exactly that of the distribution: no rounding takes part.</summary>
    /// <exception cref="OverflowException">Beyond 127 bits, which does not happen while the standard deviation is within its bound.</exception>
    public abstract Int128 Sample(RandomBits bits);

    /// <summary>Its variance.</summary>
    public abstract double Variance { get; }

    /// <summary>Natural logarithm of P[X = value], to about 1e-13.</summary>
    public abstract double LogProbabilityOf(long value);

    /// <summary>Natural logarithm of P[X &gt; value], value zero or more; to about 1e-13.</summary>
    public abstract double LogTailAbove(long value);

    /// <summary>A number h such that |X| is at most h with probability at least <paramref name="confidence"/> (for Gaussian noise that of the normal distribution).</summary>
    public abstract double HalfWidth(double confidence);
}
