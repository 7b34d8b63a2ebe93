namespace Exchange.Query.Execution;

/// <summary>Values of a cell by joined bins of the grid, with what rule 6 of the safe table asks about them; see <see cref="Rules.BinRule"/>.</summary>
/// <param name="Bins">From the lowest, without gaps.</param>
/// <param name="Excess">Σ(x − lower edge of its bin).</param>
/// <param name="LargestExcess">Of that, the largest 1 + <c>coalition</c> units together.</param>
/// <param name="Largest">The largest contribution Σ|x| of a unit.</param>
/// <param name="Margin">More than the sums may be off by rounding.</param>
public sealed record RawHistogram(IReadOnlyList<RawBin> Bins, double Excess, double LargestExcess, double Largest, double Margin);

/// <summary>One bin.</summary>
/// <param name="Low">Lower edge.</param>
/// <param name="High">Upper edge.</param>
/// <param name="Count">Values in it.</param>
/// <param name="Units">Distinct units of them; rows without a unit id are one.</param>
public readonly record struct RawBin(double Low, double High, long Count, long Units);

/// <summary>What one unit has in one bin of the grid, or where every row is a unit of its own, what all of them have.</summary>
/// <param name="Bin">Number of the bin.</param>
/// <param name="Unit">A number of the unit from 0; -1 where every row is one. Two units may share a number, which only makes the rules stricter.</param>
/// <param name="Rows">Values.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="Max">The largest.</param>
public readonly record struct UnitBin(int Bin, long Unit, long Rows, double Sum, double Max);
