namespace Exchange.Privacy.SafeTables;

/// <summary>Values of a cell that lie between two edges.</summary>
/// <param name="Low">Lower edge.</param>
/// <param name="High">Upper edge.</param>
/// <param name="Count">How many.</param>
/// <param name="Parts">Of how many bins of blocks that is the sum; each may have been rounded.</param>
public readonly record struct HistogramBin(double Low, double High, long Count, int Parts);
