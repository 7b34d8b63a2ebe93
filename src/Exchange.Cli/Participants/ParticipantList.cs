using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Participants;

/// <summary><c>participant list</c>.</summary>
internal static class ParticipantList
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("list", "List every participant.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var desk = cli.ConnectOperator();
            var all = await desk.ListAsync(cancellationToken).ConfigureAwait(false);
            cli.WriteList(all.Select(ParticipantView.ToJson), "id", "kind", "region", "roles", "purposes", "status", "endpoint");
            return 0;
        });
        return command;
    }
}
