using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary><c>audit report --from --to</c>: one page for people who were not there.</summary>
internal static class AuditReport
{
    public static Command Create(CliSession cli)
    {
        var from = new Option<string>("--from") { Description = "First day 2026-01-31 or moment, UTC.", HelpName = "DATE", Required = true };
        var to = new Option<string>("--to") { Description = "Last day or moment, UTC.", HelpName = "DATE", Required = true };
        var output = new Option<string?>("--output") { Description = "Write the page into this file instead of standard output.", HelpName = "FILE" };
        var participants = AuditArguments.Participants();
        var command = new Command("report", "Write a page about a period: who used what, for which purpose, at which charge, what was refused, and whether the logs hold.")
        {
            from, to, output, participants,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var first = LeafFilterOptions.FirstMoment(parsed.GetRequiredValue(from), "--from");
            var last = LeafFilterOptions.LastMoment(parsed.GetRequiredValue(to), "--to");
            if (last < first)
            {
                throw Reasons.Usage.Because("The period ends before it begins.", "Put the earlier day behind --from.");
            }

            using var client = cli.ConnectNode();
            using var session = await client.Audit.OpenAsync(parsed.GetValue(participants)!, remembering: true, cancellationToken).ConfigureAwait(false);
            await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            var outcome = await session.CheckAsync([], cli.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            session.Remember();
            var usage = new Usage(outcome.Logs.SelectMany(log => log.Leaves), first, last);
            await WriteAsync(cli, usage, outcome, session.OperatorFingerprint, parsed.GetValue(output), cancellationToken).ConfigureAwait(false);
            return AuditArguments.ExitCodeOf(outcome);
        });
        return command;
    }

    private static async Task WriteAsync(CliSession cli, Usage usage, AuditOutcome outcome, string operatorFingerprint, string? file, CancellationToken cancellationToken)
    {
        var html = ToHtml(usage, outcome, operatorFingerprint, cli.Time.GetUtcNow());
        if (file is null)
        {
            await cli.Output.WriteAsync(html).ConfigureAwait(false);
            return;
        }

        await File.WriteAllTextAsync(file, html, new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
        cli.WriteOne(new JsonObject
        {
            ["file"] = Path.GetFullPath(file),
            ["answered"] = usage.Uses.Sum(use => use.Answered),
            ["refused"] = usage.Uses.Sum(use => use.Refused),
            ["failed_checks"] = outcome.Findings.Count,
            ["not_read"] = outcome.Unchecked.Count,
        });
    }

    /// <summary>The page.</summary>
    internal static string ToHtml(Usage usage, AuditOutcome outcome, string operatorFingerprint, DateTimeOffset now)
    {
        var page = new HtmlPage();
        var title = string.Create(CultureInfo.InvariantCulture, $"Use of data, {usage.From:yyyy-MM-dd} to {usage.To:yyyy-MM-dd}");
        page.Title(title);
        page.Paragraph(string.Create(CultureInfo.InvariantCulture, $"Made {now:yyyy-MM-dd HH:mm} UTC from the access logs of {outcome.Logs.Count(log => log.Head is not null)} participants, under the register of the operator with the fingerprint {operatorFingerprint}."));
        Verification(page, outcome);

        page.Heading("Who used what, for which purpose");
        page.Bars("Answers by consumer", Sum(usage.Uses, use => use.Consumer));
        page.Bars("Answers by purpose", Sum(usage.Uses, use => use.Purpose));
        page.Table(
            ["Consumer", "Purpose", "Product", "Owner", "Answered", "Refused", "Failed", "Cells released", "Cells withheld"],
            usage.Uses.Select(use => (IReadOnlyList<object?>)[use.Consumer, use.Purpose, use.Product, use.Owner, use.Answered, use.Refused, use.Failed, use.Cells, use.Suppressed]));
        page.Heading("Answers by day");
        page.Bars("Answers by day", usage.PerDay);
        page.Table(["Day", "Answers"], usage.PerDay.Select(day => (IReadOnlyList<object?>)[day.Key, day.Count]));
        page.Heading("Privacy budget");
        page.Bars("Charges (zCDP) by consumer", [.. usage.Charges.GroupBy(charge => charge.Consumer).Select(group => (group.Key, group.Sum(charge => charge.Rho)))]);
        page.Table(["Owner", "Product", "Consumer", "Charges", "rho"], usage.Charges.Select(charge => (IReadOnlyList<object?>)[charge.Owner, charge.Product, charge.Consumer, charge.Count, charge.Rho]));
        page.Heading("Refusals and failures by reason");
        page.Bars("Refusals by reason", usage.Refusals);
        page.Table(["Reason", "Count"], usage.Refusals.Select(reason => (IReadOnlyList<object?>)[reason.Key, reason.Count]));
        page.Heading("Columns");
        page.Table(
            ["Consumer", "Purpose", "Product", "Column", "Used to", "Answers"],
            usage.Columns.Select(use => (IReadOnlyList<object?>)[use.Use.Consumer, use.Use.Purpose, use.Use.Product, use.Use.Column, use.Use.Role, use.Answers]));
        page.Heading("Changes of agreements, offers, datasets and keys");
        page.Table(["Event", "Count"], usage.Changes.Select(change => (IReadOnlyList<object?>)[change.Key, change.Count]));
        return page.ToHtml(title);
    }

    private static void Verification(HtmlPage page, AuditOutcome outcome)
    {
        page.Heading("Whether the logs hold");
        page.Notice(outcome.Findings.Count == 0 && outcome.Unchecked.Count == 0, outcome.Findings.Count > 0
            ? $"{outcome.Findings.Count} checks failed; the figures below are those of logs that do not hold."
            : outcome.Unchecked.Count > 0 ? "What could be read holds; some logs could not be read, and are missing below." : "Every log holds: signed heads, entries, agreements, budgets, and both sides of each question.");
        page.Table(
            ["Participant", "Leaves", "Root", "Status"],
            outcome.Logs.Select(log => (IReadOnlyList<object?>)
            [
                log.Participant, log.Head?.Size ?? 0, log.Head?.Root.ToString() ?? "",
                log.Unreachable is not null ? "not read" : outcome.Findings.Any(finding => finding.Participant == log.Participant) ? "failed" : log.HasEntries || log.Head is null ? "holds" : "hashes hold; entries not read",
            ]));
        if (outcome.Findings.Count > 0)
        {
            page.Table(["Participant", "Leaf", "Check", "What was found"], outcome.Findings.Select(finding => (IReadOnlyList<object?>)[finding.Participant, finding.Seq, finding.Check.ToString().ToLowerInvariant(), finding.Message]));
        }

        if (outcome.Unfinished.Count > 0)
        {
            page.Paragraph("Questions without an outcome in the log of their asker: still under way when the logs were read, or cut off. What owners answered to them counts below.");
            page.Table(["Asker", "Leaf", "Question", "Asked at"], outcome.Unfinished.Select(leaf => (IReadOnlyList<object?>)[leaf.Participant, leaf.Seq, leaf.QueryId, leaf.Text("time")]));
        }

        foreach (var sentence in outcome.Unchecked)
        {
            page.Paragraph(sentence);
        }
    }

    private static IReadOnlyList<(string, double)> Sum(IReadOnlyList<Use> uses, Func<Use, string> by) =>
        [.. uses.GroupBy(by).Select(group => (group.Key, (double)group.Sum(use => use.Answered))).OrderByDescending(bar => bar.Item2)];
}
