using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;

namespace Exchange.Cli.Audit;

/// <summary><c>audit checkpoint</c>: the newest signed head of each log, without reading entries of others.</summary>
internal static class AuditCheckpoint
{
    public static Command Create(CliSession cli)
    {
        var participants = AuditArguments.Participants();
        var command = new Command("checkpoint", "Show the newest signed head of each log.") { participants };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            using var session = await client.Audit.OpenAsync(parsed.GetValue(participants)!, remembering: true, cancellationToken).ConfigureAwait(false);
            await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            var outcome = new AuditOutcome([.. session.Logs.Values.OrderBy(log => log.Participant, StringComparer.Ordinal)], 0);
            cli.WriteList(outcome.Logs.Select(ToJson), "participant", "size", "root", "holds");
            return AuditArguments.Complain(cli, outcome);
        });
        return command;
    }

    private static JsonObject ToJson(AuditedLog log) => new()
    {
        ["participant"] = log.Participant,
        ["size"] = log.Head?.Size ?? 0,
        ["root"] = log.Head?.Root.ToString(),
        ["holds"] = log is { Unreachable: null } && (log.Head is not null || new AuditOutcome([log], 0).Findings.Count > 0) ? new AuditOutcome([log], 0).Findings.Count == 0 : null,
        ["checkpoint"] = log.Checkpoint is { } note ? Encoding.UTF8.GetString(note) : null,
    };
}
