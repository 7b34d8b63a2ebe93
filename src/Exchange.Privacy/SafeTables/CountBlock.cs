namespace Exchange.Privacy.SafeTables;

/// <summary>A block of the count layer.</summary>
/// <param name="Description">Per dimension the position of a label, or -1 for <c>*</c>: any value that has no narrower block.</param>
/// <param name="UnitsLeast">Units in it, at least.</param>
/// <param name="UnitsMost">
/// Units in it, at most: the same number, unless the block is a union of blocks of another table, whose units may overlap. The exact
/// number beside those of its parts would be the few in both.
/// </param>
public sealed record CountBlock(IReadOnlyList<int> Description, long UnitsLeast, long UnitsMost);
