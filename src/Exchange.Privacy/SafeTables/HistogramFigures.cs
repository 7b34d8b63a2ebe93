namespace Exchange.Privacy.SafeTables;

/// <summary>Values by bins of a block, each of which holds rows of at least min_units units.</summary>
/// <param name="Edges">One more than bins, ascending; the outer ones are the declared bounds. Bin i is [edge i, edge i + 1), the last closed.</param>
/// <param name="Counts">Values per bin.</param>
public sealed record HistogramFigures(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);
