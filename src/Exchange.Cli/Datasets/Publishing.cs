using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Datasets;

/// <summary>What <c>dataset publish</c> and <c>dataset append</c> share: all but the mode.</summary>
internal static class Publishing
{
    public static Command Create(CliSession cli, string name, string description, PublishMode mode)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var source = new Argument<string>("SOURCE") { Description = "A CSV, TSV or Parquet file, or sqlite:FILE#TABLE." };
        var engine = new Option<string>("--engine") { Description = "duckdb or sqlite; the natural one when left out.", DefaultValueFactory = _ => "" };
        var encoding = new Option<string>("--encoding") { Description = "GB18030; UTF-8 when left out.", DefaultValueFactory = _ => "" };
        var drop = new Option<bool>("--drop-violations") { Description = "Leave out rows that break a rule instead of publishing nothing." };
        var sameRows = new Option<bool>("--override-same-rows") { Description = "Publish all the same rows that a safe table tells of already." };
        var command = new Command(name, description) { product, source, engine, encoding, drop, sameRows };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new PublishDatasetRequest
            {
                Product = parsed.GetRequiredValue(product),
                Source = SourceText.Resolve(parsed.GetRequiredValue(source), Environment.CurrentDirectory),
                Engine = parsed.GetValue(engine),
                Encoding = parsed.GetValue(encoding),
                DropViolations = parsed.GetValue(drop),
                Mode = mode,
                OverrideSameRows = parsed.GetValue(sameRows),
            };
            using var client = cli.ConnectNode();
            var report = await client.Datasets.PublishAsync(request, new LateProgress(cli), cancellationToken).ConfigureAwait(false);
            return Write(cli, request.Product, report);
        });
        return command;
    }

    private static int Write(CliSession cli, string product, PublishReport report)
    {
        var failure = report.Version is null ? Refusal(product) : null;
        if (cli.Format == OutputFormat.Json)
        {
            var json = ReportView.ToJson(product, report);
            if (failure is not null)
            {
                json["error"] = ErrorOutput.ToJson(failure.Reason.Name, failure.Message, failure.Action);
            }

            cli.WriteJson(json);
        }
        else
        {
            WriteForPeople(cli, product, report);
        }

        if (failure is null)
        {
            return 0;
        }

        ErrorOutput.WriteText(cli, failure.Reason.Name, failure.Message, failure.Action);
        return ErrorOutput.ExitCodeOf(failure);
    }

    /// <summary>Why nothing was published.</summary>
    public static ExchangeException Refusal(string product) => Reasons.RowsBreakRules.Because(
        $"Rows break rules of {product}; nothing was published.", "Mend the rows, or leave them out with --drop-violations.");

    private static void WriteForPeople(CliSession cli, string product, PublishReport report)
    {
        if (report.Violations.Count > 0)
        {
            cli.WriteSheet(ReportView.ViolationsOf(report));
        }

        if (report.IgnoredColumns.Count > 0)
        {
            cli.Error.WriteLine($"Columns left out because {product} does not name them: {string.Join(", ", report.IgnoredColumns)}.");
        }

        if (report.DroppedRows > 0)
        {
            cli.Error.WriteLine($"{report.DroppedRows} rows left out.");
        }

        foreach (var note in report.Notes)
        {
            cli.Error.WriteLine(note);
        }

        if (report.Version is not null)
        {
            var shown = new JsonObject { ["product"] = product };
            foreach (var (member, value) in DatasetView.ToJson(report.Version))
            {
                shown[member] = value?.DeepClone();
            }

            cli.WriteOne(shown);
        }
    }
}
