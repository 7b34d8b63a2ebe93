namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The rules that every block of a safe table passes. A table for several offers takes the strictest of each. Percentages are exact
/// decimals, so that a boundary is where it is written.
/// </summary>
public sealed record TableRules
{
    /// <summary>The least a table may ask for.</summary>
    public const int MinUnitsLeast = 5;

    /// <summary>The least where sums of squares or products leave: whoever knows all members but two solves a sum and a sum of squares.</summary>
    public const int MinUnitsLeastWithSquares = 10;

    /// <summary>Units in a block, and per measure units with a value (threshold rule).</summary>
    public int MinUnits { get; init; } = 10;

    /// <summary>n of the (n,k) rule: the n largest contributions sum to at most k of the total.</summary>
    public int DominanceUnits { get; init; } = 2;

    /// <summary>k of the (n,k) rule, in percent.</summary>
    public decimal DominancePercent { get; init; } = 90;

    /// <summary>p of the p% rule: nobody in the block can estimate another closer than this, in percent.</summary>
    public decimal PPercent { get; init; } = 10;

    /// <summary>How many units may pool what they know.</summary>
    public int Coalition { get; init; } = 1;

    /// <summary>Units that have a row unlike v, for every value v.</summary>
    public int MinSpread { get; init; } = 3;

    /// <summary>Counts are rounded to multiples of it, once, when the table is made; 0 and 1 leave them.</summary>
    public int RoundTo { get; init; }

    /// <summary>Rules that are as strict as each of these in every point: those of the one table that serves them all.</summary>
    public static TableRules StrictestOf(IReadOnlyCollection<TableRules> rules) => new()
    {
        MinUnits = Math.Max(rules.Max(rule => rule.MinUnits), rules.Max(rule => rule.Coalition) + 1),
        DominanceUnits = rules.Max(rule => rule.DominanceUnits),
        DominancePercent = rules.Min(rule => rule.DominancePercent),
        PPercent = rules.Max(rule => rule.PPercent),
        Coalition = rules.Max(rule => rule.Coalition),
        MinSpread = rules.Max(rule => rule.MinSpread),
        RoundTo = rules.Max(rule => rule.RoundTo),
    };

    internal Ratio Dominance => Ratio.OfPercent(DominancePercent);

    internal Ratio P => Ratio.OfPercent(PPercent);

    /// <summary>2p + p²: how far a square moves when its root moves by p.</summary>
    internal Ratio POfSquares => new(2 * P.Numerator * P.Denominator + P.Numerator * P.Numerator, P.Denominator * P.Denominator);

    /// <exception cref="ArgumentException">A rule weaker than a table may have, or one that means nothing.</exception>
    internal void Require(TableLayout layout)
    {
        var least = layout.Measures.Any(measure => measure.Squares) || layout.Pairs.Count > 0 ? MinUnitsLeastWithSquares : MinUnitsLeast;
        Require(MinUnits >= least, $"A safe table needs min_units of at least {least} here.");
        Require(DominanceUnits >= 1 && DominancePercent is > 0 and <= 100, "The dominance rule needs n of at least 1 and a percentage up to 100.");
        Require(PPercent is > 0 and <= 1000, "The p% rule needs a positive percentage.");
        Require(Coalition >= 1 && Coalition < MinUnits, "A coalition is of at least one unit and smaller than min_units.");
        Require(MinSpread >= 1 && MinSpread <= MinUnits, "min_spread lies between 1 and min_units.");
        Require(RoundTo >= 0 && RoundTo <= MinUnits, "round_to lies between 0 and min_units.");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
