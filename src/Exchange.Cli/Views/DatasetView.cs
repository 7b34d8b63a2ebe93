using System.Text.Json.Nodes;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Views;

/// <summary>A dataset as JSON.</summary>
internal static class DatasetView
{
    public static JsonObject ToJson(Dataset dataset)
    {
        var newest = dataset.Versions.LastOrDefault();
        return new JsonObject
        {
            ["product"] = dataset.Product,
            ["engine"] = dataset.Engine,
            ["attached"] = dataset.Attached,
            ["retired"] = dataset.Retired,
            ["version"] = newest?.Number,
            ["rows"] = newest?.RowCount,
            ["source"] = newest?.Source,
            ["versions"] = new JsonArray([.. dataset.Versions.Select(ToJson)]),
        };
    }

    public static JsonObject ToJson(DatasetVersion version) => new()
    {
        ["version"] = version.Number,
        ["rows"] = version.RowCount,
        ["rows_per_unit_max"] = version.RowsPerUnitMax,
        ["published"] = MomentText.Of(version.CreateTime),
        ["source"] = version.Source,
    };
}
