namespace Exchange.Engines.DuckDb.Units;

/// <summary>Rows of a partition that lie one behind the other.</summary>
/// <param name="Rows">Where they begin.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct CollectedBlock(nint Rows, int Count);
