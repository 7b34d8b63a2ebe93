using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset show PRODUCT</c>.</summary>
internal static class DatasetShow
{
    public static Command Create(CliSession cli)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var command = new Command("show", "Show one dataset with its versions.") { product };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            cli.WriteOne(DatasetView.ToJson(await client.Datasets.GetAsync(parsed.GetRequiredValue(product), cancellationToken).ConfigureAwait(false)));
            return 0;
        });
        return command;
    }
}
