using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Views;

/// <summary>A publish report as JSON and as a table of violations.</summary>
internal static class ReportView
{
    public static JsonObject ToJson(string product, PublishReport report) => new()
    {
        ["product"] = product,
        ["published"] = report.Version is null ? null : DatasetView.ToJson(report.Version),
        ["violations"] = new JsonArray([.. report.Violations.Select(violation => new JsonObject
        {
            ["column"] = violation.Column,
            ["rule"] = violation.Rule,
            ["rows"] = violation.RowCount,
            ["first_lines"] = new JsonArray([.. violation.FirstLines.Select(line => (JsonNode)line)]),
        })]),
        ["ignored_columns"] = JsonText.Array(report.IgnoredColumns),
        ["dropped_rows"] = report.DroppedRows,
        ["notes"] = JsonText.Array(report.Notes),
    };

    /// <summary>How many rows break which rule, and where the first ones are.</summary>
    public static Sheet ViolationsOf(PublishReport report) => new(
        ["column", "rule", "rows", "first_lines"],
        [.. report.Violations.Select(violation => (IReadOnlyList<string>)
        [
            violation.Column, violation.Rule, violation.RowCount.ToString(System.Globalization.CultureInfo.InvariantCulture), string.Join(", ", violation.FirstLines),
        ])])
    {
        RightAligned = new HashSet<int> { 2 },
    };
}
