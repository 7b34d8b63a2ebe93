using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Files;

/// <summary>
/// Reads an offer file. Every key of the format is read; what this version does not serve is refused by the node, by name.
/// Omitted disclosure keys stay zero and get their default at the node.
/// </summary>
public static class OfferFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>FILE_MISSING</c>, or <c>FILE_INVALID</c> with file, line and the nearest valid word.</exception>
    public static OfferTerms Read(string path)
    {
        var file = YamlFile.Read(
            path, "offer", "offer", "product", "consumers", "purposes", "columns", "release", "aggregation", "disclosure", "budget", "queries_per_day", "approval", "expires", "response_grid");
        var (name, major) = ProductFile.ReadId(file.Required("product"));
        var terms = new OfferTerms
        {
            Name = ReadSlug(file.Required("offer"), "offer"),
            Product = $"{name}/{major}",
            Consumers = ReadConsumers(file["consumers"]),
            Purposes = { file.Required("purposes").Texts() },
            Release = file.Required("release").Word<ReleaseClass>("release class"),
            Aggregation = file["aggregation"]?.Word<Aggregation>("aggregation") ?? Aggregation.Each,
            Disclosure = OfferRulesText.ReadDisclosure(file["disclosure"]),
            Budget = file["budget"] is { } budget ? OfferRulesText.ReadBudget(budget) : null,
            ResponseGridMs = file["response_grid"] is { } grid ? OfferRulesText.ReadGrid(grid) : 0,
            QueriesPerDay = file["queries_per_day"]?.Int(0, 1_000_000) ?? 0,
            // Without a word on it, a person decides.
            Approval = file["approval"]?.Word<Approval>("approval") ?? Approval.Manual,
            ExpireTime = file["expires"] is { } expires ? Timestamp.FromDateTimeOffset(DayText.LastMoment(expires)) : null,
            ColumnsListed = file["columns"] is not null,
        };
        if (file["columns"] is { } columns)
        {
            terms.Columns.AddRange(columns.Map("columns").Entries.Select(entry => new ColumnRule
            {
                Column = entry.Key,
                Uses = { entry.Value.List().Select(use => use.Word<ColumnUse>("use of a column")) },
            }));
        }

        return terms;
    }

    /// <summary>A participant id or offer name.</summary>
    internal static string ReadSlug(YamlValue value, string kind) => Identifiers.IsSlug(value.Text())
        ? value.Text()
        : throw value.Wrong($"'{kind}' must be 2 to 40 characters of a-z, 0-9 and '-', starting with a letter.", "Choose such a name.");

    private static Consumers ReadConsumers(YamlValue? value)
    {
        var consumers = new Consumers();
        if (value is not null)
        {
            var map = value.Map("consumers", "kinds", "regions", "participants");
            consumers.Kinds.AddRange(map["kinds"]?.List().Select(kind => kind.Word<ParticipantKind>("kind")) ?? []);
            consumers.Regions.AddRange(map["regions"]?.Texts() ?? []);
            consumers.Participants.AddRange(map["participants"]?.List().Select(id => ReadSlug(id, "participants")) ?? []);
        }

        return consumers;
    }
}
