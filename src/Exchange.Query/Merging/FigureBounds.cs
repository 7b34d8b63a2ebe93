namespace Exchange.Query.Merging;

/// <summary>
/// Between which two numbers a figure lies that is not known exactly; both included. Of a figure with noise so with a confidence of 95 %.
/// </summary>
public readonly record struct FigureBounds(double Low, double High)
{
    /// <summary>What is shown of it.</summary>
    public double Middle => (Low / 2) + (High / 2);

    /// <summary>Standard deviation of the noise in the figure; null where it has none.</summary>
    public double? StdError { get; init; }

    /// <summary>Whether they are edges of a grid, with noise: never closer than a bin, however little noise there is.</summary>
    public bool IsOfGrid { get; init; }
}
