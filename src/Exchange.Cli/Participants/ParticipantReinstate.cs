using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Participants;

/// <summary><c>participant reinstate</c>.</summary>
internal static class ParticipantReinstate
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The participant." };
        var command = new Command("reinstate", "Let a suspended participant in again.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var desk = cli.ConnectOperator();
            var version = await desk.ReinstateAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            cli.WriteOne(new JsonObject { ["id"] = parsed.GetRequiredValue(id), ["status"] = "active", ["register_version"] = version });
            return 0;
        });
        return command;
    }
}
