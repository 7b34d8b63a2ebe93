using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Exchange.Cli.Terminal;

/// <summary>JSON for output, and JSON values as text for tables.</summary>
internal static class JsonText
{
    /// <summary>No escapes but the needed ones: output goes to terminals and files, not into HTML.</summary>
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value in a table cell: texts plain, lists with commas, nothing for null; lists and objects inside an object stand in brackets.</summary>
    public static string Of(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items => string.Join(items.Any(item => item is JsonObject || Of(item).Contains(',')) ? "\n" : ", ", items.Select(Of)),
        JsonObject members => string.Join(", ", members.Where(member => member.Value is not (null or JsonArray { Count: 0 })).Select(member => $"{Sheet.Heading(member.Key)}: {Inner(member.Value)}")),
        _ when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(Options),
    };

    /// <summary>An array of texts.</summary>
    public static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    // Without its brackets the end of a list could not be told from the next member of the object around it.
    private static string Inner(JsonNode? value) => value switch
    {
        JsonArray items => $"[{string.Join(", ", items.Select(Inner))}]",
        JsonObject => $"{{{Of(value)}}}",
        _ => Of(value),
    };
}
