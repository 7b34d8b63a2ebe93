namespace Exchange.Privacy.SafeTables;

/// <summary>So many of a unit's values lie in that bin of the finest histogram.</summary>
public readonly record struct BinCount(int Bin, int Count);
