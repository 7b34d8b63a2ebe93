namespace Exchange.Query.Rules;

/// <summary>How a gross total is made up of the contributions of units: counted exactly, for the cells that need it.</summary>
/// <param name="Gross">Σ|x|.</param>
/// <param name="Largest">The largest contribution.</param>
/// <param name="LargestN">The <c>dominance.n</c> largest together.</param>
/// <param name="Excess">Σ|x − nearest|, from the point nearest to zero.</param>
/// <param name="LargestExcess">Of that, the largest 1 + <c>coalition</c> units together.</param>
/// <param name="UnitsOffNearest">Units with a row that is not at the point nearest to zero.</param>
/// <param name="Integral">Every value is a whole number, so that sums below 2^53 have no rounding.</param>
public sealed record UnitTotals(double Gross, double Largest, double LargestN, double Excess, double LargestExcess, long UnitsOffNearest, bool Integral)
{
    /// <summary>Of squares, the rows themselves; null for anything else.</summary>
    public RowDeviations? Rows { get; init; }
}
