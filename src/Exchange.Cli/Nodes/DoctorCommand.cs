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
            var found = await new LateProgress(cli).WaitAsync(client.CheckAsync(cancellationToken), "checking; a long access log takes a while…").ConfigureAwait(false);
            Write(cli, found);
            return ExitCodeOf(found);
        });
        return command;
    }

    // A log that does not hold weighs more than anything else that is wrong.
    private static int ExitCodeOf(CheckNodeResponse found) => found.Checks.Where(check => check.Result == CheckResult.Failed)
        .Select(check => check.Reason.Length > 0 ? (int)Reasons.Named(check.Reason, Grpc.Core.StatusCode.FailedPrecondition).Kind : (int)Reasons.NodeUnwell.Kind)
        .Append(0).Max();

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
