namespace Exchange.Privacy.Noise;

/// <summary>
/// Zero-concentrated differential privacy: what a spent ρ means as (ε, δ). ρ adds up over releases, also when each is chosen after
/// seeing those before (Bun and Steinke 2016). Neighbours differ in one privacy unit, added or removed.
/// </summary>
public static class ConcentratedPrivacy
{
    /// <summary>The least δ such that ρ-zCDP implies (ε, δ): Canonne, Kamath and Steinke 2020, corollary 13.</summary>
    public static double DeltaOf(double rho, double epsilon)
    {
        if (rho == 0)
        {
            return 0;
        }

        // Minimises (a-1)(aρ-ε) + (a-1)·ln(1-1/a) - ln a over orders a above 1; its derivative grows, so its zero is bisected.
        // Bisected in a-1 on a logarithmic scale.
        var (low, high) = (-700.0, 700.0);
        for (var step = 0; step < 200; step++)
        {
            var middle = 0.5 * (low + high);
            var above = Math.Exp(middle);
            var slope = (2 * above + 1) * rho - epsilon - SpecialFunctions.LogOnePlus(1 / above);
            (low, high) = slope < 0 ? (middle, high) : (low, middle);
        }

        var order = Math.Exp(0.5 * (low + high));
        var log = order * ((order + 1) * rho - epsilon) - order * SpecialFunctions.LogOnePlus(1 / order) - SpecialFunctions.LogOnePlus(order);
        return Math.Min(1, Math.Exp(log));
    }

    /// <summary>The least ε such that ρ-zCDP implies (ε, δ).</summary>
    public static double EpsilonOf(double rho, double delta)
    {
        if (rho == 0)
        {
            return 0;
        }

        return Bisect(0, EpsilonOfSimply(rho, delta), epsilon => DeltaOf(rho, epsilon) <= delta);
    }

    /// <summary>The looser ε = ρ + 2·sqrt(ρ·ln(1/δ)): Bun and Steinke 2016, proposition 1.3.</summary>
    public static double EpsilonOfSimply(double rho, double delta) => rho + 2 * Math.Sqrt(rho * -Math.Log(delta));

    /// <summary>The largest ρ such that ρ-zCDP implies (ε, δ).</summary>
    public static double RhoOf(double epsilon, double delta)
    {
        // The simple conversion gives a ρ that is too small, pure privacy one that is too large for small δ.
        var high = 1.0;
        while (DeltaOf(high, epsilon) <= delta)
        {
            high *= 2;
        }

        return Bisect(high, 0, rho => DeltaOf(rho, epsilon) <= delta);
    }

    /// <summary>zCDP of a release that is ε-differentially private: ε²/2 (Bun and Steinke 2016, proposition 1.4).</summary>
    public static double OfPure(double epsilon) => epsilon * epsilon / 2;

    /// <summary>ε at δ of a Rényi divergence of one order above 1: Canonne, Kamath and Steinke 2020, proposition 12.</summary>
    public static double EpsilonOfRenyi(double order, double divergence, double delta) =>
        divergence + SpecialFunctions.LogOnePlus(-1 / order) - (Math.Log(delta) + Math.Log(order)) / (order - 1);

    /// <summary>
    /// δ at ε of continuous Gaussian noise of that σ on something of that sensitivity: Balle and Wang 2018, theorem 8. For large σ
    /// discrete noise is the same to all digits.
    /// </summary>
    public static double DeltaOfGaussian(double sigma, double epsilon, double sensitivity)
    {
        var (near, far) = (sensitivity / (2 * sigma), epsilon * sigma / sensitivity);
        return SpecialFunctions.Normal(near - far) - Math.Exp(epsilon) * SpecialFunctions.Normal(-near - far);
    }

    /// <summary>The least σ of continuous Gaussian noise that gives (ε, δ) at that sensitivity.</summary>
    public static double SigmaOfGaussian(double epsilon, double delta, double sensitivity)
    {
        var high = sensitivity;
        while (DeltaOfGaussian(high, epsilon, sensitivity) > delta)
        {
            high *= 2;
        }

        return Bisect(0, high, sigma => sigma > 0 && DeltaOfGaussian(sigma, epsilon, sensitivity) <= delta);
    }

    /// <summary>Between a point where the condition fails and one where it holds: the last found where it holds.</summary>
    private static double Bisect(double fails, double holds, Func<double, bool> condition)
    {
        for (var step = 0; step < 200; step++)
        {
            var middle = 0.5 * (fails + holds);
            if (middle == fails || middle == holds)
            {
                break;
            }

            (fails, holds) = condition(middle) ? (fails, middle) : (middle, holds);
        }

        return holds;
    }
}
