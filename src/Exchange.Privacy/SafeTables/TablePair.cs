namespace Exchange.Privacy.SafeTables;

/// <summary>Two measures of a table, by position, whose blocks may have a cross product.</summary>
public sealed record TablePair(int First, int Second);
