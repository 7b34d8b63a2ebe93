using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset retire PRODUCT</c>.</summary>
internal static class DatasetRetire
{
    public static Command Create(CliSession cli)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var command = new Command("retire", "Take a dataset out of service: no version answers any more.") { product };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            cli.WriteOne(DatasetView.ToJson(await client.Datasets.RetireAsync(parsed.GetRequiredValue(product), cancellationToken).ConfigureAwait(false)));
            return 0;
        });
        return command;
    }
}
