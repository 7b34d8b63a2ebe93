namespace Exchange.Engines.DuckDb.Units;

/// <summary>The grid on which a figure of collected rows becomes a whole number.</summary>
/// <param name="Middle">Middle of the grid.</param>
/// <param name="Step">Distance of its points; of squares, of those of the squares.</param>
/// <param name="Reach">Largest number.</param>
/// <param name="IsSquared">Of the squares of what values are away from the middle.</param>
internal readonly record struct CollectedFigure(double Middle, double Step, double Reach, bool IsSquared);
