using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset table show PRODUCT</c>: all that can ever leave.</summary>
internal static class DatasetTableShow
{
    public static Command Create(CliSession cli)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var command = new Command("show", "Show the whole safe table: all that can ever leave, and what it withholds.") { product };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var table = await client.Tables.GetAsync(parsed.GetRequiredValue(product), cancellationToken).ConfigureAwait(false);
            if (cli.Format == OutputFormat.Json)
            {
                cli.WriteJson(TableView.ToJson(table));
                return 0;
            }

            TableView.Write(cli, table);
            if (table.WaitingRows > 0)
            {
                cli.Error.WriteLine($"{table.WaitingRows} appended rows wait until those of their block pass every rule by themselves.");
            }

            return 0;
        });
        return command;
    }
}
