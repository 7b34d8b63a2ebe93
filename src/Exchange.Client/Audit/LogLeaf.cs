using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Transparency;
using Exchange.Transparency.Trees;

namespace Exchange.Client.Audit;

/// <summary>An entry of an access log, read. Members that its event does not have are null.</summary>
public sealed record LogLeaf
{
    /// <summary>Position, from 0.</summary>
    public required long Seq { get; init; }

    /// <summary>The entry itself, canonical JSON.</summary>
    public required JsonObject Members { get; init; }

    /// <summary>Such as <c>query.answered</c>.</summary>
    public required string Event { get; init; }

    /// <summary>Whose log it is in.</summary>
    public required string Participant { get; init; }

    /// <summary>When its node wrote it, by its own clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who asked: the caller, or the consumer of an agreement.</summary>
    public string? Consumer => Text("caller") ?? Text("consumer");

    /// <summary>The agreement.</summary>
    public string? Agreement => Text("agreement");

    /// <summary>The product.</summary>
    public string? Product => Text("product");

    /// <summary>The purpose.</summary>
    public string? Purpose => Text("purpose");

    /// <summary>The offer's name.</summary>
    public string? Offer => Text("offer");

    /// <summary>The question.</summary>
    public string? QueryId => Text("query_id");

    /// <summary>Why it was refused or failed.</summary>
    public string? Reason => Text("reason");

    /// <summary>What became of it: <c>answered</c>, <c>refused</c>, <c>failed</c>, <c>asked</c>, <c>received</c>; of other events their whole name.</summary>
    public string Outcome => Event.StartsWith("query.", StringComparison.Ordinal) ? Event["query.".Length..] : Event;

    /// <summary>A member that is a text.</summary>
    public string? Text(string member) => Members[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A member that is a whole number.</summary>
    public long? Number(string member) => Members[member] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    /// <summary>A number that is written as a text, as charges are.</summary>
    public double? Decimal(string member) =>
        Text(member) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Reads an entry.</summary>
    /// <param name="participant">Whose log it is in.</param>
    /// <param name="seq">Its position.</param>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="leaf">The entry; null when it is none.</param>
    /// <returns>Null, or a part of a sentence that says what is wrong with it.</returns>
    internal static string? TryRead(string participant, long seq, ReadOnlyMemory<byte> bytes, out LogLeaf? leaf)
    {
        leaf = null;
        try
        {
            if (JsonNode.Parse(bytes.Span) is not JsonObject members || !CanonicalJson.Serialize(members).AsSpan().SequenceEqual(bytes.Span))
            {
                return "is not canonical JSON";
            }

            var read = new LogLeaf
            {
                Seq = seq,
                Members = members,
                Event = (string?)members["event"] ?? "",
                Participant = (string?)members["participant"] ?? "",
                Time = DateTimeOffset.TryParse((string?)members["time"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : default,
            };
            if (read.Event.Length == 0 || read.Time == default || read.Number("v") != 1)
            {
                return "lacks a version, an event or a time";
            }

            leaf = read;
            return read.Participant == participant ? null : "is of another participant's log";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return "is not canonical JSON";
        }
    }

    /// <summary>What the asker's log says it holds of each owner: only in <c>query.received</c>.</summary>
    internal IEnumerable<ReceivedPart> Received() => Event != "query.received" || Members["owners"] is not JsonArray owners
        ? []
        : owners.OfType<JsonObject>().Select(owner => new ReceivedPart(
            TextOf(owner, "participant") ?? "", TextOf(owner, "status") ?? "", owner["seq"] is JsonValue value && value.TryGetValue<long>(out var seq) ? seq : null,
            TreeHash.TryParse(TextOf(owner, "leaf_hash") ?? "", out var hash) ? hash : null));

    private static string? TextOf(JsonObject members, string name) => members[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>What an asker's log says it holds of one owner.</summary>
/// <param name="Owner">Who.</param>
/// <param name="Status"><c>answered</c>, <c>refused</c> or <c>unreachable</c>.</param>
/// <param name="Seq">Position of the owner's leaf; null without a receipt.</param>
/// <param name="LeafHash">Hash of the owner's leaf; null without a receipt.</param>
internal sealed record ReceivedPart(string Owner, string Status, long? Seq, TreeHash? LeafHash);
