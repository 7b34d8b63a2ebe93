using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

internal static partial class OfferRules
{
    /// <summary>Zero stands for an omitted key, except in <c>round_to</c>, where it is the default.</summary>
    private static Disclosure WithDefaults(Disclosure? written)
    {
        var complete = written?.Clone() ?? new Disclosure();
        complete.MinUnits = complete.MinUnits == 0 ? 10 : complete.MinUnits;
        complete.MinNodes = complete.MinNodes == 0 ? 3 : complete.MinNodes;
        complete.DominanceN = complete.DominanceN == 0 ? 2 : complete.DominanceN;
        complete.DominancePercent = complete.DominancePercent == 0 ? 90 : complete.DominancePercent;
        complete.PPercent = complete.PPercent == 0 ? 10 : complete.PPercent;
        complete.Coalition = complete.Coalition == 0 ? 1 : complete.Coalition;
        complete.MinSpread = complete.MinSpread == 0 ? 3 : complete.MinSpread;
        return complete;
    }

    /// <summary>Rules for a table that is only tried, with what was omitted filled in.</summary>
    public static Disclosure CompleteForTable(Disclosure written)
    {
        var complete = WithDefaults(written);
        CheckDisclosure(complete);
        return complete.MinUnits >= TableRules.MinUnitsLeast ? complete : throw Invalid("disclosure.min_units", $"must be at least {TableRules.MinUnitsLeast} in a table");
    }

    private static void CheckDisclosure(Disclosure rules)
    {
        CheckCount("min_units", rules.MinUnits, 1, CountMax);
        CheckCount("min_nodes", rules.MinNodes, 1, SmallCountMax);
        CheckCount("dominance.n", rules.DominanceN, 1, SmallCountMax);
        CheckPercent("dominance.percent", rules.DominancePercent);
        CheckPercent("p_percent", rules.PPercent);
        CheckCount("coalition", rules.Coalition, 1, SmallCountMax);
        CheckCount("min_spread", rules.MinSpread, 1, SmallCountMax);
        CheckCount("round_to", rules.RoundTo, 0, CountMax);
    }

    // Rules that an owner asks for in particular and that would not be applied must stop the offer; the defaults are only recorded.
    private static void CheckServed(Disclosure rules, List<string> notes)
    {
        var defaults = WithDefaults(null);
        (string Key, bool IsDefault)[] notServed =
        [
            ("min_spread", rules.MinSpread == defaults.MinSpread),
            ("round_to", rules.RoundTo == defaults.RoundTo),
        ];
        var asked = notServed.FirstOrDefault(rule => !rule.IsDefault).Key;
        if (asked is not null)
        {
            throw Reasons.NotServedYet.Because(
                $"disclosure.{asked} is not served by this version: checked answers are exact and look at the spread of a sum about zero alone.", "Leave the key out, or wait.");
        }

        notes.Add(FormattableString.Invariant(
            $"checked answers apply min_units ({rules.MinUnits}), dominance ({rules.DominanceN}, {rules.DominancePercent}%), p_percent ({rules.PPercent}) and coalition ({rules.Coalition}) to each answer by itself; min_spread ({rules.MinSpread}) looks at the value nearest to zero alone."));
        notes.Add("checked is no defence against combining answers: offer it to consumers you trust.");
    }

    // Whoever knows all members of a block but two solves a sum and a sum of squares.
    private static void CheckTable(OfferTerms terms, Product product, List<string> notes)
    {
        var squares = OfferColumns.UsesOf(terms, product).Values.Any(uses => uses.Contains(ColumnUse.Variance) || uses.Contains(ColumnUse.Corr));
        var least = squares ? TableRules.MinUnitsLeastWithSquares : TableRules.MinUnitsLeast;
        if (terms.Disclosure.MinUnits < least)
        {
            throw Invalid("disclosure.min_units", $"must be at least {least} in a `table` offer{(squares ? " that allows variance or corr" : "")}");
        }

        notes.Add("table: differences of blocks are not checked: where the same units come again (panel), two blocks can differ by few of them.");
    }

    private static void CheckCount(string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw Invalid($"disclosure.{key}", $"must be {least} to {most}");
        }
    }

    private static void CheckPercent(string key, double value)
    {
        if (value is not (> 0 and <= 100))
        {
            throw Invalid($"disclosure.{key}", "must be a percentage above 0 and up to 100");
        }
    }
}
