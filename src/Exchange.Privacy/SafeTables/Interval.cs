namespace Exchange.Privacy.SafeTables;

/// <summary>A figure that is known to lie between two; the ends are part of it.</summary>
public readonly record struct Interval(double Low, double High);
