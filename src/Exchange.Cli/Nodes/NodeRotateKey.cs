using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Nodes;

/// <summary><c>node rotate-key</c>: a new key for the access log.</summary>
internal static class NodeRotateKey
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("rotate-key", "Make a new key for the access log; entries of the old one stay verifiable.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var rotated = await client.RotateLogKeyAsync(cancellationToken).ConfigureAwait(false);
            cli.WriteOne(new JsonObject { ["key_id"] = rotated.KeyId, ["before"] = rotated.PreviousKeyId });
            return 0;
        });
        return command;
    }
}
