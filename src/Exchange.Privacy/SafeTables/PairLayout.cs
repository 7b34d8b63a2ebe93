namespace Exchange.Privacy.SafeTables;

/// <summary>Two measures whose cross product may leave: positions in the layout of both, in one layer, and of the measure that is their product.</summary>
public sealed record PairLayout(int First, int Second, int Product);
