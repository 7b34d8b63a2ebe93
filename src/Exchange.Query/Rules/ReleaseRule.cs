namespace Exchange.Query.Rules;

/// <summary>The rules that can withhold a cell, in the order in which they are asked.</summary>
public enum ReleaseRule
{
    /// <summary>A figure stands on fewer than <c>min_units</c> units.</summary>
    Threshold,

    /// <summary>p%: the others' contributions are too small to hide the largest one from the next.</summary>
    PPercent,

    /// <summary>(n,k): the largest contributions make up too much of a figure.</summary>
    Dominance,

    /// <summary>Nearly all values are the one nearest to zero, so that the figure tells each of them; or nearly nobody lacks one.</summary>
    Spread,

    /// <summary>Figures of the same cell subtract to one that breaks a rule above.</summary>
    Subtraction,
}
