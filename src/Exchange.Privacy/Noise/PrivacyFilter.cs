namespace Exchange.Privacy.Noise;

/// <summary>
/// Lets releases through while their ρ and δ stay within limits, which may be asked adaptively and concurrently.
/// Guarantee: everything that was let through is ρ-zCDP together, except with probability δ, for neighbours that differ in one unit, added or removed. A refusal
/// looks at the ledger alone, never at data, and charges nothing. Source: Whitehouse, Ramdas, Rogers and Wu 2023, theorem 1 (zCDP
/// filter); Haney, Shoemate, Tian, Vadhan, Vyrros, Xu and Zhang 2023 (concurrent composition).
/// </summary>
/// <param name="Spent">What was let through so far.</param>
/// <param name="SpentDelta">δ of it, which thresholds cost.</param>
public readonly record struct PrivacyFilter(Rho Spent, double SpentDelta)
{
    /// <summary>The filter after a release, or null where it may not happen.</summary>
    public PrivacyFilter? TrySpend(Rho rho, double delta, Rho limit, double deltaLimit)
    {
        var (rhoAfter, deltaAfter) = (Spent + rho, SpentDelta + delta);
        // A little more than the last digit of a sum of many small δ.
        return rhoAfter <= limit && deltaAfter <= deltaLimit * (1 + 1e-9) ? new PrivacyFilter(rhoAfter, deltaAfter) : null;
    }
}
