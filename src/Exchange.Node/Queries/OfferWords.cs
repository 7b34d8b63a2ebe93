using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using static System.FormattableString;

namespace Exchange.Node.Queries;

/// <summary>An owner's rules in words, for coverage and explanations.</summary>
internal static class OfferWords
{
    /// <summary>
    /// The rules that hid a cell of this <c>checked</c> answer. An owner that does not tell which they were has an older version,
    /// which knows the first one alone.
    /// </summary>
    public static IEnumerable<string> HidingRules(OfferTerms terms, FragmentAnswer answer) => answer.Hidden.Count == 0
        ? [Words(HidingRule.Threshold, terms.Disclosure)]
        : answer.Hidden.Select(hidden => Words(hidden.Rule, terms.Disclosure));

    private static string Words(HidingRule rule, Disclosure rules) => rule switch
    {
        HidingRule.Threshold => $"fewer than {rules.MinUnits} units",
        HidingRule.PPercent => Invariant($"the largest contribution could be told to within {rules.PPercent}% by {Units(rules.Coalition)}"),
        HidingRule.Dominance => Invariant($"the {rules.DominanceN} largest contributions are more than {rules.DominancePercent}%"),
        HidingRule.Spread => $"fewer than {rules.MinSpread} units differ from zero",
        HidingRule.Subtraction => "figures of the cell subtract to one that may not be told",
        _ => "a rule of a newer version",
    };

    private static string Units(int count) => count == 1 ? "another unit" : $"{count} other units";

    /// <summary>Everything a consumer should know before asking.</summary>
    /// <param name="terms">The owner's terms.</param>
    /// <param name="unit">The product's privacy unit.</param>
    public static IEnumerable<string> AllRules(OfferTerms terms, string unit)
    {
        yield return terms.Release switch
        {
            ReleaseClass.Checked => "checked: exact answers, each checked by itself; no defence against combining them",
            ReleaseClass.Table => "table: exact figures out of the safe table",
            ReleaseClass.Noisy => "noisy: differential privacy with a budget",
            _ => "no release class",
        };
        if (terms.Release == ReleaseClass.Noisy)
        {
            foreach (var rule in NoiseWords.Rules(terms.Budget, unit))
            {
                yield return rule;
            }
        }
        else
        {
            yield return $"cells with fewer than {terms.Disclosure.MinUnits} units are hidden";
        }

        if (terms.Release == ReleaseClass.Checked)
        {
            var rules = terms.Disclosure;
            yield return Invariant($"sums are hidden whose largest contribution could be told to within {rules.PPercent}% by {Units(rules.Coalition)}, or whose {rules.DominanceN} largest are more than {rules.DominancePercent}%");
            yield return $"sums in which fewer than {rules.MinSpread} units differ from zero are hidden, unless the product calls zero harmless";
            yield return "cells whose figures subtract to one that may not be told are hidden";
        }

        if (terms.ColumnsListed)
        {
            yield return "columns: " + string.Join("; ", terms.Columns.Select(rule => $"{rule.Column} ({string.Join(", ", rule.Uses.Select(use => use.ToString().ToLowerInvariant()))})"));
        }

        if (terms.ResponseGridMs > 0)
        {
            yield return $"answers leave on multiples of {terms.ResponseGridMs} ms after the question came";
        }

        if (terms.QueriesPerDay > 0)
        {
            yield return $"at most {terms.QueriesPerDay} queries in 24 hours";
        }
    }
}
