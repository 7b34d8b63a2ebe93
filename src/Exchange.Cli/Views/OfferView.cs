using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Cli.Views;

/// <summary>An offer as JSON, in the words of the offer file.</summary>
internal static class OfferView
{
    public static JsonObject ToJson(Offer offer)
    {
        var terms = offer.Terms;
        return new JsonObject
        {
            ["provider"] = offer.Provider,
            ["offer"] = terms.Name,
            ["version"] = offer.Version,
            ["product"] = terms.Product,
            ["consumers"] = new JsonObject
            {
                ["kinds"] = JsonText.Array(terms.Consumers?.Kinds.Select(Words.Of) ?? []),
                ["regions"] = JsonText.Array(terms.Consumers?.Regions ?? []),
                ["participants"] = JsonText.Array(terms.Consumers?.Participants ?? []),
            },
            ["purposes"] = JsonText.Array(terms.Purposes),
            ["columns"] = terms.ColumnsListed
                ? new JsonObject(terms.Columns.Select(rule => KeyValuePair.Create(rule.Column, (JsonNode?)JsonText.Array(rule.Uses.Select(Words.Of)))))
                : null,
            ["release"] = Words.Of(terms.Release),
            ["aggregation"] = Words.Of(terms.Aggregation),
            ["disclosure"] = terms.Disclosure is null ? null : ToJson(terms.Disclosure),
            ["budget"] = terms.Budget is null ? null : new JsonObject { ["rho"] = terms.Budget.Rho, ["delta"] = terms.Budget.Delta, ["per"] = terms.Budget.Per, ["agreement_rho"] = terms.Budget.AgreementRho, ["groups_per_unit"] = terms.Budget.GroupsPerUnit, ["rows_per_group"] = terms.Budget.RowsPerGroup },
            ["response_grid_ms"] = terms.ResponseGridMs == 0 ? null : terms.ResponseGridMs,
            ["queries_per_day"] = terms.QueriesPerDay == 0 ? null : terms.QueriesPerDay,
            ["approval"] = Words.Of(terms.Approval),
            ["expires"] = MomentText.Of(terms.ExpireTime),
            ["set"] = MomentText.Of(offer.CreateTime),
        };
    }

    /// <summary>Disclosure rules in the words of the offer file.</summary>
    public static JsonObject ToJson(Disclosure rules) => new()
    {
        ["min_units"] = rules.MinUnits,
        ["min_nodes"] = rules.MinNodes,
        ["dominance"] = new JsonObject { ["n"] = rules.DominanceN, ["percent"] = rules.DominancePercent },
        ["p_percent"] = rules.PPercent,
        ["coalition"] = rules.Coalition,
        ["min_spread"] = rules.MinSpread,
        ["round_to"] = rules.RoundTo,
    };
}
