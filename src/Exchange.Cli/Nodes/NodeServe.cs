using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Node.Hosting;
using Exchange.Protocol.Homes;

namespace Exchange.Cli.Nodes;

/// <summary><c>node serve</c>: serves until Ctrl-C or SIGTERM.</summary>
internal static class NodeServe
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("serve", "Serve this participant's node until Ctrl-C.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var node = await NodeHost.StartAsync(Home.Open(cli.Home), new NodeHostOptions { Time = cli.Time }, cancellationToken).ConfigureAwait(false);
            cli.Error.WriteLine($"listening on {node.Endpoint}");
            await Serving.UntilStoppedAsync(node.WaitForShutdownAsync, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
