namespace Exchange.Query.Merging;

/// <summary>Between which two numbers a figure lies that is not known exactly; both included.</summary>
public readonly record struct FigureBounds(double Low, double High)
{
    /// <summary>What is shown of it.</summary>
    public double Middle => (Low / 2) + (High / 2);
}
