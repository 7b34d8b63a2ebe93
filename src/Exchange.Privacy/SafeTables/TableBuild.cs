namespace Exchange.Privacy.SafeTables;

/// <summary>A table that passed its tests, and what only its owner keeps.</summary>
/// <param name="Table">What may leave.</param>
/// <param name="Assignment">Which block each atom is in; stays with the owner.</param>
public sealed record TableBuild(SafeTable Table, BlockAssignment Assignment);
