using System.Text.Json.Nodes;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Node.Queries;

/// <summary>The disclosure rules of an answer, as its leaf has them: the offer's in <c>checked</c>; in <c>table</c> those its table was made under.</summary>
internal static class RulesInForce
{
    public static JsonObject ToJson(Disclosure rules) => Of(
        rules.MinUnits, rules.DominanceN, rules.DominancePercent, rules.PPercent, rules.Coalition, rules.MinSpread, rules.RoundTo);

    public static JsonObject ToJson(TableRules rules) => Of(
        rules.MinUnits, rules.DominanceUnits, (double)rules.DominancePercent, (double)rules.PPercent, rules.Coalition, rules.MinSpread, (double)rules.RoundTo);

    private static JsonObject Of(int minUnits, int dominanceN, double dominancePercent, double pPercent, int coalition, int minSpread, double roundTo) => new()
    {
        ["min_units"] = minUnits,
        ["dominance_n"] = dominanceN,
        ["dominance_percent"] = dominancePercent,
        ["p_percent"] = pPercent,
        ["coalition"] = coalition,
        ["min_spread"] = minSpread,
        ["round_to"] = roundTo,
    };
}
