using Exchange.Protocol.Catalog.V1;

namespace Exchange.Node.Queries;

/// <summary>An owner's rules in words, for coverage and explanations.</summary>
internal static class OfferWords
{
    /// <summary>Rules that can hide a cell of a <c>checked</c> answer.</summary>
    public static IEnumerable<string> HidingRules(OfferTerms terms) => [$"fewer than {terms.Disclosure.MinUnits} units"];

    /// <summary>Everything a consumer should know before asking.</summary>
    public static IEnumerable<string> AllRules(OfferTerms terms)
    {
        yield return terms.Release switch
        {
            ReleaseClass.Checked => "checked: exact answers, no defence against combining them",
            ReleaseClass.Table => "table: exact figures out of the safe table",
            ReleaseClass.Noisy => "noisy: differential privacy with a budget",
            _ => "no release class",
        };
        yield return $"cells with fewer than {terms.Disclosure.MinUnits} units are hidden";
        if (terms.ColumnsListed)
        {
            yield return "columns: " + string.Join("; ", terms.Columns.Select(rule => $"{rule.Column} ({string.Join(", ", rule.Uses.Select(use => use.ToString().ToLowerInvariant()))})"));
        }

        if (terms.QueriesPerDay > 0)
        {
            yield return $"at most {terms.QueriesPerDay} queries in 24 hours";
        }
    }
}
