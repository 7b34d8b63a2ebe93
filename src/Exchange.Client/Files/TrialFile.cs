using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Client.Files;

/// <summary>Reads a trial file with the product and offer files it names.</summary>
public static class TrialFile
{
    /// <summary>Most participants of one trial.</summary>
    public const int ParticipantsMax = 500;

    private static readonly string[] Engines = ["duckdb", "sqlite"];
    private static readonly string[] Encodings = ["UTF-8", "GB18030"];

    /// <summary>Reads the file. Paths in it are relative to its folder.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>FILE_MISSING</c>, or <c>FILE_INVALID</c> with file, line and the nearest valid word.</exception>
    public static TrialDefinition Read(string path)
    {
        var file = YamlFile.Read(path, "trial", "products", "participants", "queries");
        List<ProductDefinition> products = [.. file.Required("products").List().Select(product => ProductFile.Read(product.PathOf()))];
        string[] productIds = [.. products.Select(product => $"{product.Name}/{product.Major}")];
        var list = file.Required("participants");
        if (list.List().Count is 0 or > ParticipantsMax)
        {
            throw list.Wrong($"a trial has 1 to {ParticipantsMax} participants.", "Change the list.");
        }

        var participants = new List<TrialParticipant>();
        foreach (var entry in list.List())
        {
            var participant = ReadParticipant(entry, productIds);
            if (participants.Exists(other => other.Member.Id == participant.Member.Id))
            {
                throw entry.Wrong($"the participant '{participant.Member.Id}' stands there twice.", "Give each participant an id of its own.");
            }

            participants.Add(participant);
        }

        string[] ids = [.. participants.Select(participant => participant.Member.Id)];
        return new TrialDefinition(products, participants, [.. (file["queries"]?.List() ?? []).Select(query => ReadQuery(query, ids))]);
    }

    private static TrialParticipant ReadParticipant(YamlValue value, string[] productIds)
    {
        var map = value.Map("participant", "id", "kind", "region", "name", "roles", "purposes", "datasets");
        var member = new Participant
        {
            Id = OfferFile.ReadSlug(map.Required("id"), "id"),
            Kind = map.Required("kind").Word<ParticipantKind>("kind"),
            Region = map.Required("region").Text(),
            DisplayName = map["name"]?.Text() ?? "",
            Roles = { map["roles"]?.List().Select(role => role.Word<ParticipantRole>("role")) ?? [] },
            Purposes = { map["purposes"]?.Texts() ?? [] },
        };
        return new TrialParticipant(member, [.. (map["datasets"]?.List() ?? []).Select(dataset => ReadDataset(dataset, productIds))]);
    }

    private static TrialDataset ReadDataset(YamlValue value, string[] productIds)
    {
        var map = value.Map("dataset", "product", "source", "engine", "encoding", "offer");
        var product = map.Required("product");
        if (!productIds.Contains(product.Text()))
        {
            throw product.UnknownWord("product", product.Text(), productIds);
        }

        var offer = map["offer"];
        var terms = offer is null ? null : OfferFile.Read(offer.PathOf());
        if (terms is not null && terms.Product != product.Text())
        {
            throw offer!.Wrong($"this offer is for {terms.Product}, not for {product.Text()}.", "Name an offer file for the dataset's product.");
        }

        return new TrialDataset(
            product.Text(), SourceText.Resolve(map.Required("source")), OneOf(map["engine"], "engine", Engines), OneOf(map["encoding"], "encoding", Encodings), terms);
    }

    private static TrialQuery ReadQuery(YamlValue value, string[] ids)
    {
        var map = value.Map("query", "as", "purpose", "sql", "participants", "require", "release", "rho", "aggregation");
        return new TrialQuery(
            Known(map.Required("as"), ids),
            map.Required("purpose").Text(),
            map.Required("sql").Text(),
            [.. (map["participants"]?.List() ?? []).Select(id => Known(id, ids))],
            map["require"] is { } require ? (require.Text() == "all" ? -1 : require.Int(0, ParticipantsMax)) : 0,
            map["release"]?.Word<ReleaseClass>("release class") ?? ReleaseClass.Unspecified,
            map["rho"]?.NumberAbove(0, 1000) ?? 0,
            map["aggregation"]?.Word<Aggregation>("aggregation") ?? Aggregation.Unspecified);
    }

    private static string Known(YamlValue value, string[] ids) =>
        ids.Contains(value.Text()) ? value.Text() : throw value.UnknownWord("participant", value.Text(), ids);

    private static string OneOf(YamlValue? value, string kind, string[] valid) =>
        value is null ? "" : valid.Contains(value.Text()) ? value.Text() : throw value.UnknownWord(kind, value.Text(), valid);
}
