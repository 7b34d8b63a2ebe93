using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Cli.Views;

/// <summary>A product as JSON, in the words of the product file.</summary>
internal static class ProductView
{
    public static JsonObject ToJson(ProductDefinition product) => new()
    {
        ["product"] = $"{product.Name}/{product.Major}",
        ["title"] = product.Title,
        ["publisher"] = product.Publisher,
        ["unit"] = product.Unit,
        ["columns"] = new JsonArray([.. product.Columns.Select(ToJson)]),
        ["derived"] = new JsonObject(product.Derived.Select(derived => KeyValuePair.Create(derived.Name, (JsonNode?)derived.Expression))),
        ["pairs"] = new JsonArray([.. product.Pairs.Select(pair => JsonText.Array(pair.Columns))]),
        ["groups"] = new JsonArray([.. product.Groups.Select(group => JsonText.Array(group.Columns))]),
        ["panel"] = product.Panel.Length > 0 ? product.Panel : null,
    };

    /// <summary>A column; members that were not written are left out.</summary>
    public static JsonObject ToJson(ColumnDefinition column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = TypeOf(column.Type), ["role"] = Words.Of(column.Role) };
        void Add(string name, bool written, JsonNode? value)
        {
            if (written)
            {
                json[name] = value;
            }
        }

        Add("from", column.From.Length > 0, column.From);
        Add("domain", column.Domain.Count > 0, JsonText.Array(column.Domain));
        Add("range", column.Range is not null, Of(column.Range));
        Add("cuts", column.Cuts.Count > 0, new JsonArray([.. column.Cuts.Select(cut => (JsonNode)cut)]));
        Add("grain", column.Grain != Grain.Unspecified, Words.Of(column.Grain));
        Add("format", column.Format.Length > 0, column.Format);
        Add("bounds", column.Bounds is not null, Of(column.Bounds));
        Add("step", column.Step > 0, column.Step);
        Add("zero", column.ZeroHarmless, "harmless");
        Add("sensitive", column.Sensitive, true);
        Add("required", column.Required, true);
        Add("measured_in", column.MeasuredIn.Length > 0, column.MeasuredIn);
        return json;
    }

    private static JsonArray? Of(Interval? interval) => interval is null ? null : [interval.Low, interval.High];

    private static string TypeOf(ColumnType? type) => type switch
    {
        null => "",
        { Kind: TypeKind.Decimal } => $"decimal({type.Precision},{type.Scale})",
        _ => Words.Of(type.Kind),
    };
}
