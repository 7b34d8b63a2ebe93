namespace Exchange.Privacy.SafeTables;

/// <summary>The rules that a block can fail, as they are numbered in the documentation.</summary>
public enum DisclosureRule
{
    /// <summary>1: too few units, or too few with a value.</summary>
    Threshold = 1,

    /// <summary>2: p%: one unit can estimate another too closely.</summary>
    Estimate = 2,

    /// <summary>3: (n,k): a few units are nearly all of it.</summary>
    Dominance = 3,

    /// <summary>4: too few units differ from one value.</summary>
    Spread = 4,

    /// <summary>5: sum of squares.</summary>
    Squares = 5,

    /// <summary>6: histogram.</summary>
    Histogram = 6,

    /// <summary>8: a sensitive value that nearly all of a combination share.</summary>
    Sensitive = 8,

    /// <summary>The table is not a partition, or a figure is not that of its rows.</summary>
    Consistency = 9,

    /// <summary>4, of whether there is a value: somebody lacks one, but too few.</summary>
    Missing = 10,
}
