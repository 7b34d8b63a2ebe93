using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Identity;

/// <summary><c>identity rotate-key</c>: a new key for access tokens.</summary>
internal static class IdentityRotateKey
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("rotate-key", "Make a new token signing key; tokens of the old one stay valid.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var desk = cli.ConnectOperator();
            cli.WriteOne(new JsonObject { ["key_id"] = await desk.RotateTokenKeyAsync(cancellationToken).ConfigureAwait(false) });
            return 0;
        });
        return command;
    }
}
