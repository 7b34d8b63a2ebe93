namespace Exchange.Query.Execution;

/// <summary>Values that lie between two numbers, both included.</summary>
/// <param name="Low">None is below it.</param>
/// <param name="High">None is above it.</param>
/// <param name="Count">How many; 0 where that is not told.</param>
/// <param name="Error">How far the count may be off, where it is rounded.</param>
public readonly record struct ValueBin(double Low, double High, long Count, long Error = 0);
