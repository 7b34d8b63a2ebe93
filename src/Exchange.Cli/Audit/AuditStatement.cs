using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary><c>audit statement</c>: an owner's month, like a bank's. Who used which column for what, and what left.</summary>
internal static class AuditStatement
{
    public static Command Create(CliSession cli)
    {
        var month = new Option<string?>("--month") { Description = "The month, such as 2026-11; this one when left out.", HelpName = "MONTH" };
        var command = new Command("statement", "Show what happened to this owner's data in a month: who used which column for what, and what left.") { month };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var first = FirstOf(parsed.GetValue(month), cli.Time.GetUtcNow());
            using var client = cli.ConnectNode();
            using var session = await client.Audit.OpenAsync([client.ParticipantId], remembering: false, cancellationToken).ConfigureAwait(false);
            await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            var outcome = new AuditOutcome([.. session.Logs.Values], 0);
            Write(cli, client.ParticipantId, new Usage(outcome.Logs.SelectMany(log => log.Leaves), first, first.AddMonths(1).AddMicroseconds(-1)));
            return AuditArguments.Complain(cli, outcome);
        });
        return command;
    }

    private static DateTimeOffset FirstOf(string? month, DateTimeOffset now) => month is null
        ? new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero)
        : DateTimeOffset.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var first) && first.Year < 9999
            ? first
            : throw Reasons.Usage.Because("What stands behind --month is no month.", "Write it as 2026-11.");

    private static void Write(CliSession cli, string owner, Usage usage)
    {
        var columns = usage.Columns.Select(use => new JsonObject
        {
            ["consumer"] = use.Use.Consumer,
            ["purpose"] = use.Use.Purpose,
            ["product"] = use.Use.Product,
            ["column"] = use.Use.Column,
            ["used_to"] = use.Use.Role,
            ["answers"] = use.Answers,
        }).ToList();
        var left = usage.Uses.Select(use => new JsonObject
        {
            ["consumer"] = use.Consumer,
            ["purpose"] = use.Purpose,
            ["product"] = use.Product,
            ["answered"] = use.Answered,
            ["refused"] = use.Refused,
            ["failed"] = use.Failed,
            ["cells"] = use.Cells,
            ["withheld"] = use.Suppressed,
            ["rho"] = usage.Charges.Where(charge => charge.Consumer == use.Consumer && charge.Product == use.Product).Sum(charge => charge.Rho),
        }).ToList();
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["participant"] = owner,
                ["month"] = usage.From.ToString("yyyy-MM", CultureInfo.InvariantCulture),
                ["columns"] = new JsonArray([.. columns]),
                ["left"] = new JsonArray([.. left]),
                ["answers_without_columns"] = usage.WithoutColumns,
            });
            return;
        }

        cli.WriteList(columns, "consumer", "purpose", "product", "column", "used_to", "answers");
        if (cli.Format == OutputFormat.Csv)
        {
            return;
        }

        cli.WriteList(left, "consumer", "purpose", "product", "answered", "refused", "failed", "cells", "withheld", "rho");
        cli.WriteSentences(
        [
            string.Create(CultureInfo.InvariantCulture, $"{owner}, {usage.From:yyyy-MM}: {usage.Uses.Sum(use => use.Answered)} questions were answered with {usage.Uses.Sum(use => use.Cells)} cells, {usage.Uses.Sum(use => use.Suppressed)} more were withheld, and {usage.Uses.Sum(use => use.Refused)} questions refused."),
            .. usage.WithoutColumns > 0 ? [$"{usage.WithoutColumns} answers are of a version that did not log columns."] : Array.Empty<string>(),
        ]);
    }
}
