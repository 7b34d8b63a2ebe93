using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;

namespace Exchange.Cli.Audit;

/// <summary><c>audit export FOLDER</c>.</summary>
internal static class AuditExport
{
    public static Command Create(CliSession cli)
    {
        var folder = new Argument<string>("FOLDER") { Description = "Where to write; not there yet, or empty." };
        var participants = AuditArguments.Participants();
        var command = new Command("export", "Write logs, checkpoints, keys and receipts as a folder that anybody can check offline.") { folder, participants };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            using var session = await client.Audit.OpenAsync(parsed.GetValue(participants)!, remembering: false, cancellationToken).ConfigureAwait(false);
            await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            var receipts = await client.Audit.HeldReceiptsAsync(AuditClient.AnswersMax, cancellationToken).ConfigureAwait(false);
            await session.ExportAsync(parsed.GetRequiredValue(folder), [.. receipts.Where(receipt => session.Logs.ContainsKey(receipt.Owner))], cancellationToken).ConfigureAwait(false);
            var outcome = new AuditOutcome([.. session.Logs.Values], receipts.Count);
            cli.WriteOne(new JsonObject
            {
                ["folder"] = Path.GetFullPath(parsed.GetRequiredValue(folder)),
                ["logs"] = outcome.Logs.Count(log => log.Head is not null),
                ["entries"] = outcome.Logs.Sum(log => (long)log.Leaves.Count),
                ["receipts"] = receipts.Count,
                ["operator_fingerprint"] = session.OperatorFingerprint,
                ["check_with"] = $"exchange audit verify {parsed.GetRequiredValue(folder)} --operator-key {session.OperatorFingerprint}",
            });
            return AuditArguments.Complain(cli, outcome);
        });
        return command;
    }
}
