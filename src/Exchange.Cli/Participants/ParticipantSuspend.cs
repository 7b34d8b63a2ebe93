using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Participants;

/// <summary><c>participant suspend</c>.</summary>
internal static class ParticipantSuspend
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The participant." };
        var command = new Command("suspend", "Shut a participant out everywhere within 30 seconds.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var desk = cli.ConnectOperator();
            var version = await desk.SuspendAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            cli.WriteOne(new JsonObject { ["id"] = parsed.GetRequiredValue(id), ["status"] = "suspended", ["register_version"] = version });
            return 0;
        });
        return command;
    }
}
