using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;

namespace Exchange.Cli.Audit;

/// <summary>What an audit found, as JSON and for people.</summary>
internal static class OutcomeView
{
    private const int UnfinishedNamedMax = 10;

    public static void Write(CliSession cli, AuditSession session, AuditOutcome outcome, IReadOnlyList<string> proofs)
    {
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["verified"] = AuditArguments.ExitCodeOf(outcome) == 0,
                ["operator_fingerprint"] = session.OperatorFingerprint,
                ["register_version"] = session.Register.Version,
                ["logs"] = new JsonArray([.. outcome.Logs.Select(log => LogJson(log, outcome))]),
                ["receipts"] = outcome.ReceiptCount,
                ["findings"] = new JsonArray([.. outcome.Findings.Select(ToJson)]),
                ["unfinished"] = new JsonArray([.. outcome.Unfinished.Select(leaf => new JsonObject
                {
                    ["participant"] = leaf.Participant,
                    ["seq"] = leaf.Seq,
                    ["query_id"] = leaf.QueryId,
                    ["time"] = leaf.Text("time"),
                })]),
                ["unchecked"] = JsonText.Array(outcome.Unchecked),
                ["hashes_only"] = JsonText.Array(outcome.HashesOnly),
                ["proofs"] = JsonText.Array(proofs),
            });
            return;
        }

        if (outcome.Findings.Count > 0)
        {
            cli.WriteList(outcome.Findings.Select(ToJson), "participant", "seq", "check", "message");
        }

        if (cli.Format == OutputFormat.Csv)
        {
            return;
        }

        cli.WriteList(outcome.Logs.Select(log => LogJson(log, outcome)), "participant", "size", "status");
        cli.WriteSentences(
        [
            .. outcome.Unchecked,
            .. outcome.HashesOnly.Select(id => $"Of {id} only hashes were read: entries are for its owner and for auditors."),
            .. outcome.Unfinished.Take(UnfinishedNamedMax).Select(leaf => Invariant($"Leaf {leaf.Seq} of {leaf.Participant} asks the question {leaf.QueryId} and no outcome is logged: it is unfinished, still under way or cut off.")),
            .. outcome.Unfinished.Count > UnfinishedNamedMax ? [Invariant($"{outcome.Unfinished.Count} questions are unfinished in all; --format json names each.")] : Array.Empty<string>(),
            .. proofs.Select(file => $"A proof of misbehaviour is in {file}: check it with `audit verify FILE`."),
            $"{outcome.Logs.Count(log => log.Head is not null)} logs and {outcome.ReceiptCount} receipts were looked at, under the register of the operator with the fingerprint {session.OperatorFingerprint}.",
            outcome.Findings.Count > 0 ? $"{outcome.Findings.Count} checks failed." : outcome.Unchecked.Count > 0 ? "What could be read holds." : "Everything holds.",
        ]);
    }

    /// <summary>A failed check.</summary>
    public static JsonObject ToJson(AuditFinding finding) => new()
    {
        ["participant"] = finding.Participant,
        ["seq"] = finding.Seq,
        ["check"] = finding.Check.ToString().ToLowerInvariant(),
        ["message"] = finding.Message,
    };

    private static JsonObject LogJson(AuditedLog log, AuditOutcome outcome) => new()
    {
        ["participant"] = log.Participant,
        ["size"] = log.Head?.Size ?? 0,
        ["root"] = log.Head?.Root.ToString(),
        ["status"] = log.Unreachable is not null ? "not read" : outcome.Findings.Any(finding => finding.Participant == log.Participant) ? "failed" : log.HasEntries ? "holds" : "holds (hashes)",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
