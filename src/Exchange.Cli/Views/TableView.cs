using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Views;

/// <summary>A safe table as its owner sees it.</summary>
internal static class TableView
{
    /// <summary>All of it.</summary>
    public static JsonObject ToJson(TableReport table) => new()
    {
        ["product"] = table.Product,
        ["revision"] = table.Revision,
        ["dataset_version"] = table.DatasetVersion,
        ["waiting_rows"] = table.WaitingRows,
        ["commitment"] = table.Commitment.IsEmpty ? null : Convert.ToHexStringLower(table.Commitment.Span),
        ["dimensions"] = JsonText.Array(table.Dimensions),
        ["measures"] = JsonText.Array(table.Measures),
        ["rules"] = OfferView.ToJson(table.Rules),
        ["withheld"] = new JsonArray([.. table.Withheld.Select(share => new JsonObject
        {
            ["by"] = JsonText.Array(share.Dimensions),
            ["counts"] = share.Counts,
            ["values"] = new JsonArray([.. share.Values.Select(value => JsonValue.Create(value))]),
        })]),
        ["blocks"] = new JsonArray([.. table.Blocks.Select(block => new JsonObject
        {
            ["description"] = JsonText.Array(block.Description),
            ["units_least"] = block.UnitsLeast,
            ["units_most"] = block.UnitsMost,
        })]),
        ["figures"] = new JsonArray([.. table.Figures.Select(block => new JsonObject
        {
            ["description"] = JsonText.Array(block.Description),
            ["rows"] = block.Rows < 0 ? null : block.Rows,
            ["measures"] = new JsonObject(block.Figures.Select(figure => KeyValuePair.Create(figure.Measure, (JsonNode?)(figure.Sum.Length == 0 ? null
                : new JsonObject { ["values"] = figure.Values, ["sum"] = figure.Sum, ["squares"] = figure.Squares })))),
        })]),
    };

    /// <summary>What it withholds, the worst first.</summary>
    public static Sheet WithheldOf(TableReport table) => new(
        ["grouped_by", "counts_withheld", "figures_withheld"],
        [.. table.Withheld.OrderByDescending(share => share.Values.DefaultIfEmpty(share.Counts).Max()).Select(share => (IReadOnlyList<string>)
        [
            string.Join(", ", share.Dimensions), Percent(share.Counts), string.Join("; ", share.Values.Select(Percent)),
        ])])
    { RightAligned = new HashSet<int> { 1, 2 } };

    /// <summary>The blocks of its figures.</summary>
    public static Sheet FiguresOf(TableReport table)
    {
        var measures = table.Figures.SelectMany(block => block.Figures).Select(figure => figure.Measure).Distinct().ToList();
        return new Sheet(
            [.. table.Dimensions, "rows", .. measures.Select(measure => $"sum of {measure}")],
            [.. table.Figures.Select(block => (IReadOnlyList<string>)
            [
                .. block.Description,
                block.Rows < 0 ? "" : block.Rows.ToString(CultureInfo.InvariantCulture),
                .. measures.Select(measure => block.Figures.FirstOrDefault(figure => figure.Measure == measure) is { } figure ? figure.Sum.Length == 0 ? "withheld" : figure.Sum : ""),
            ])])
        {
            ExactHeadings = true,
            RightAligned = Enumerable.Range(table.Dimensions.Count, measures.Count + 1).ToHashSet(),
        };
    }

    /// <summary>The blocks that count units.</summary>
    public static Sheet BlocksOf(TableReport table) => new(
        [.. table.Dimensions, "units"],
        [.. table.Blocks.Select(block => (IReadOnlyList<string>)[.. block.Description, block.UnitsLeast == block.UnitsMost ? $"{block.UnitsLeast}" : $"{block.UnitsLeast} to {block.UnitsMost}"])])
    {
        ExactHeadings = true,
        RightAligned = new HashSet<int> { table.Dimensions.Count },
    };

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
