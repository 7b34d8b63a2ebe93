namespace Exchange.Query.Rules;

/// <summary>A sum in the state of an aggregate.</summary>
public enum MomentPart
{
    /// <summary>Of the argument.</summary>
    X,

    /// <summary>Of the second argument.</summary>
    Y,

    /// <summary>Of the argument's squares.</summary>
    XX,

    /// <summary>Of the second argument's squares.</summary>
    YY,

    /// <summary>Of the products.</summary>
    XY,
}
