using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Identity;
using Exchange.Protocol.Homes;

namespace Exchange.Cli.Identity;

/// <summary><c>identity serve</c>: serves until Ctrl-C or SIGTERM.</summary>
internal static class IdentityServe
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("serve", "Serve enrolment, tokens and the register until Ctrl-C.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var server = await IdentityServer.StartAsync(Home.Open(cli.Home), cli.Time, cancellationToken).ConfigureAwait(false);
            cli.Error.WriteLine($"listening on {server.Endpoint}");
            await Serving.UntilStoppedAsync(server.WaitForShutdownAsync, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
