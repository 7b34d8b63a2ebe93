using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Nodes;

/// <summary><c>doctor</c>: looks at everything that could be wrong.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("doctor", "Look at everything that could be wrong with this node and say what to do.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var found = await new LateProgress(cli).WaitAsync(client.CheckAsync(cancellationToken), "checking…").ConfigureAwait(false);
            Write(cli, found);
            return found.Checks.Any(check => check.Result == CheckResult.Failed) ? (int)Reasons.NodeUnwell.Kind : 0;
        });
        return command;
    }

    private static void Write(CliSession cli, CheckNodeResponse found)
    {
        var checks = found.Checks.Select(check => new JsonObject
        {
            ["check"] = check.Name,
            ["result"] = Words.Of(check.Result),
            ["message"] = check.Message,
            ["action"] = check.Action,
        });
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["participant"] = found.ParticipantId,
                ["version"] = found.Version,
                ["certificate_expires"] = MomentText.Of(found.CertificateExpireTime),
                ["checks"] = new JsonArray([.. checks]),
            });
            return;
        }

        cli.WriteList(checks, "check", "result", "message", "action");
    }
}
