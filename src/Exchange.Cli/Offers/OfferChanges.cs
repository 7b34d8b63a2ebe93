using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;

namespace Exchange.Cli.Offers;

/// <summary>Changes of an offer as they are typed: <c>disclosure.min_units=20</c>, in the keys of the offer file.</summary>
internal static class OfferChanges
{
    private const string Section = "disclosure.";

    private static readonly Dictionary<string, Action<Disclosure, string>> Rules = new(StringComparer.Ordinal)
    {
        ["disclosure.min_units"] = (rules, text) => rules.MinUnits = Count(text, 1),
        ["disclosure.min_nodes"] = (rules, text) => rules.MinNodes = Count(text, 1),
        ["disclosure.dominance.n"] = (rules, text) => rules.DominanceN = Count(text, 1),
        ["disclosure.dominance.percent"] = (rules, text) => rules.DominancePercent = Percent(text),
        ["disclosure.p_percent"] = (rules, text) => rules.PPercent = Percent(text),
        ["disclosure.coalition"] = (rules, text) => rules.Coalition = Count(text, 1),
        ["disclosure.min_spread"] = (rules, text) => rules.MinSpread = Count(text, 1),
        ["disclosure.round_to"] = (rules, text) => rules.RoundTo = Count(text, 0),
    };

    // They decide who may ask and how often, or what is asked in: an answered query run once more shows nothing of that.
    private static readonly string[] NotTried =
        ["offer", "product", "consumers", "purposes", "columns", "release", "aggregation", "budget", "queries_per_day", "approval", "expires"];

    /// <summary>The terms with the changes; a key given twice has its last value.</summary>
    /// <exception cref="ExchangeException"><c>USAGE</c>, with the nearest key for an unknown one.</exception>
    public static OfferTerms Apply(OfferTerms terms, IEnumerable<string> changes)
    {
        var changed = terms.Clone();
        changed.Disclosure ??= new Disclosure();
        foreach (var change in changes)
        {
            if (change.Split('=', 2) is not [var key, var value])
            {
                throw Reasons.Usage.Because("A change behind --set is not of the form KEY=VALUE.", "Write for example --set disclosure.min_units=20.");
            }

            RuleOf(key.Trim())(changed.Disclosure, value.Trim());
        }

        return changed;
    }

    private static Action<Disclosure, string> RuleOf(string key)
    {
        if (Rules.TryGetValue(key, out var rule))
        {
            return rule;
        }

        var action = $"Use one of: {string.Join(", ", Rules.Keys)}.";
        if (NotTried.Contains(key.Split('.')[0]))
        {
            throw Reasons.Usage.Because($"'{key}' is not tried on answered queries: only the rules of `disclosure` are.", action);
        }

        var nearest = NearestTo(key);
        throw Reasons.Usage.Because($"An offer has no key '{key}'{(nearest is null ? "." : $" – did you mean '{nearest}'?")}", action);
    }

    // Compared by what they differ in: the words that all keys begin with would make any two of them near.
    private static string? NearestTo(string key)
    {
        var names = Rules.Keys.ToDictionary(rule => rule[Section.Length..]);
        var lastWords = Rules.Keys.ToDictionary(rule => rule.Split('.')[^1]);
        var name = key.StartsWith(Section, StringComparison.Ordinal) ? key[Section.Length..] : key;
        return NearestName.Of(name, names.Keys) is { } near ? names[near]
            : NearestName.Of(name.Split('.')[^1], lastWords.Keys) is { } nearWord ? lastWords[nearWord]
            : null;
    }

    // Zero would be taken for an omitted key wherever it is not a value of the rule.
    private static int Count(string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least
            ? count
            : throw Reasons.Usage.Because($"A value behind --set is not a whole number from {least}.", "Write for example --set disclosure.min_units=20.");

    private static double Percent(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent
            : throw Reasons.Usage.Because("A value behind --set is not a percentage above 0 and up to 100.", "Write for example --set disclosure.p_percent=15.");
}
