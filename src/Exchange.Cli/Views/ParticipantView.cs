using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Cli.Views;

/// <summary>A participant as JSON.</summary>
internal static class ParticipantView
{
    public static JsonObject ToJson(Participant participant) => new()
    {
        ["id"] = participant.Id,
        ["name"] = participant.DisplayName,
        ["kind"] = Words.Of(participant.Kind),
        ["region"] = participant.Region,
        ["roles"] = JsonText.Array(participant.Roles.Select(Words.Of)),
        ["purposes"] = JsonText.Array(participant.Purposes),
        ["status"] = Words.Of(participant.Status),
        ["endpoint"] = participant.Endpoint,
    };
}
