using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client;
using Exchange.Protocol.Errors;
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
        ["notes"] = JsonText.Array(table.Notes),
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
            ["members"] = new JsonArray([.. block.Members.Select(member => JsonValue.Create(member))]),
            ["measures"] = new JsonObject(block.Figures.Select(figure => KeyValuePair.Create(figure.Measure, (JsonNode?)(figure.Sum.Length == 0 ? null
                : new JsonObject
                {
                    ["values"] = figure.Values,
                    ["sum"] = figure.Sum,
                    ["squares"] = figure.Squares,
                    ["bins"] = figure.BinCounts.Count == 0 ? null : new JsonObject
                    {
                        ["edges"] = new JsonArray([.. figure.BinEdges.Select(edge => JsonValue.Create(edge))]),
                        ["counts"] = new JsonArray([.. figure.BinCounts.Select(count => JsonValue.Create(count))]),
                    },
                })))),
            ["cross_products"] = JsonText.Array(block.CrossProducts),
        })]),
    };

    /// <summary>All of it for people: the blocks that count, those that have figures, and what it withholds.</summary>
    public static void Write(CliSession cli, TableReport table)
    {
        cli.WriteSheet(BlocksOf(table));
        cli.WriteSheet(FiguresOf(table));
        cli.WriteSheet(WithheldOf(table));
    }

    /// <summary>The owner's table over its dataset of a product; null where there is none.</summary>
    public static async Task<TableReport?> FindAsync(ExchangeClient client, string product, CancellationToken cancellationToken)
    {
        try
        {
            return await client.Tables.GetAsync(product, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException absent) when (absent.Reason == Reasons.TableAbsent)
        {
            return null;
        }
    }

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
        var binned = measures.Where(measure => table.Figures.Any(block => block.Figures.Any(figure => figure.Measure == measure && figure.BinCounts.Count > 0))).ToList();
        return new Sheet(
            ["blocks", .. table.Dimensions, "rows", .. measures.Select(measure => $"sum of {measure}"), .. binned.Select(measure => $"bins of {measure}")],
            [.. table.Figures.Select(block => (IReadOnlyList<string>)
            [
                string.Join(' ', block.Members.Select(member => member.ToString(CultureInfo.InvariantCulture))),
                .. block.Description,
                block.Rows < 0 ? "" : block.Rows.ToString(CultureInfo.InvariantCulture),
                .. measures.Select(measure => block.Figures.FirstOrDefault(figure => figure.Measure == measure) is { } figure ? figure.Sum.Length == 0 ? "withheld" : figure.Sum : ""),
                .. binned.Select(measure => block.Figures.FirstOrDefault(figure => figure.Measure == measure) is { } figure ? BinsOf(figure) : ""),
            ])])
        {
            ExactHeadings = true,
            RightAligned = Enumerable.Range(table.Dimensions.Count + 1, measures.Count + 1).ToHashSet(),
        };
    }

    /// <summary>The blocks that count units, by their numbers.</summary>
    public static Sheet BlocksOf(TableReport table) => new(
        ["block", .. table.Dimensions, "units"],
        [.. table.Blocks.Select((block, number) => (IReadOnlyList<string>)[number.ToString(CultureInfo.InvariantCulture), .. block.Description, block.UnitsLeast == block.UnitsMost ? $"{block.UnitsLeast}" : $"{block.UnitsLeast} to {block.UnitsMost}"])])
    {
        ExactHeadings = true,
        RightAligned = new HashSet<int> { 0, table.Dimensions.Count + 1 },
    };

    /// <summary>The edges with the counts between them: <c>0 (12) 5 (31) 20</c>.</summary>
    private static string BinsOf(TableFigure figure) => figure.BinCounts.Count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{figure.BinEdges[0]} {string.Join(' ', figure.BinCounts.Select((count, i) => string.Create(CultureInfo.InvariantCulture, $"({count}) {figure.BinEdges[i + 1]}")))}");

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
