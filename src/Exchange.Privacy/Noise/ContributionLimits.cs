using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// The most that one privacy unit may add to an answer. What a unit has beyond is left out before anything is added up, in an order
/// that a secret key decides, so that the sensitivity below holds whatever the data are.
/// </summary>
/// <param name="GroupsPerUnit">Groups in which a unit counts, from 1 (l0).</param>
/// <param name="RowsPerGroup">Rows of a unit that count in a group, from 1 (lc).</param>
public readonly record struct ContributionLimits(int GroupsPerUnit, int RowsPerGroup)
{
    /// <summary>Limits where each row is its own unit: it is in one group, once.</summary>
    public static ContributionLimits OfRows => new(1, 1);

    /// <summary>Δ²: the square of the Euclidean length by which one unit changes the vector of all groups' sums.</summary>
    /// <param name="rowMost">Largest absolute value of one row, in units of the grid; 1 for a count.</param>
    public BigInteger SquaredSensitivity(BigInteger rowMost) => GroupsPerUnit * BigInteger.Pow(RowsPerGroup * rowMost, 2);

    /// <summary>Δ² of the counts of units: in each of its groups a unit counts once.</summary>
    public BigInteger SquaredSensitivityOfUnits => GroupsPerUnit;

    /// <summary>Δ² of the number of groups in which anybody is: no more groups come or go with a unit than it is in.</summary>
    public BigInteger SquaredSensitivityOfGroups => BigInteger.Pow(GroupsPerUnit, 2);

    /// <summary>
    /// The least σ² with which a vector of that Δ² costs at most ρ: Δ²/(2ρ), rounded up to a multiple of 1/1024, or to a whole number
    /// from a million on, so that the sampler's integers stay small. Rounded up, so never less noise than was paid for.
    /// </summary>
    public static Fraction VarianceFor(BigInteger squaredSensitivity, Rho rho)
    {
        var exact = new Fraction(squaredSensitivity, 1) / (rho.Exact * 2);
        return exact.Ceiling(exact.Numerator < exact.Denominator * 1_000_000 ? 1024 : 1);
    }

    /// <summary>What a release of that Δ² with noise of that σ² costs: Δ²/(2σ²), rounded up.</summary>
    public static Rho CostOf(BigInteger squaredSensitivity, Fraction variance)
    {
        var exact = new Fraction(squaredSensitivity, 1) / (variance * 2);
        return new Rho((long)new Fraction(exact.Numerator * 1_000_000_000_000, exact.Denominator).Ceiling(1).Numerator);
    }
}
