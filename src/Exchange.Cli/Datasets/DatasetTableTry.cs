using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset table try PRODUCT</c>: compares before publishing.</summary>
internal static class DatasetTableTry
{
    public static Command Create(CliSession cli)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var order = Arguments.ListOption("--order", "Dimensions, the most important first, such as month,region.");
        var minUnits = new Option<int?>("--min-units") { Description = "Units in a block; at least 5, 10 with variances." };
        var command = new Command("try", "Show what a safe table would withhold; nothing is kept, and a table in use stays as it is.") { product, order, minUnits };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new TryTableRequest { Product = parsed.GetRequiredValue(product), Order = { Arguments.ListOf(parsed, order) } };
            if (parsed.GetValue(minUnits) is { } least)
            {
                request.Rules = new Disclosure { MinUnits = least };
            }

            using var client = cli.ConnectNode();
            var table = await client.Tables.TryAsync(request, cancellationToken).ConfigureAwait(false);
            if (cli.Format == OutputFormat.Json)
            {
                cli.WriteJson(TableView.ToJson(table));
                return 0;
            }

            cli.WriteSheet(TableView.WithheldOf(table));
            foreach (var note in table.Notes)
            {
                cli.Error.WriteLine(note);
            }

            return 0;
        });
        return command;
    }
}
