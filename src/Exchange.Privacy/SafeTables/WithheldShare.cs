namespace Exchange.Privacy.SafeTables;

/// <summary>What a table withholds of a question that groups by some dimensions.</summary>
/// <param name="Dimensions">One or two of them, by position.</param>
/// <param name="Counts">Share of all units, counted in every block they are in, that stand in no group of the count layer.</param>
/// <param name="Values">The same per value layer, blocks without values included.</param>
public sealed record WithheldShare(IReadOnlyList<int> Dimensions, double Counts, IReadOnlyList<double> Values);
