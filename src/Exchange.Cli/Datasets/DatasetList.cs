using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset list</c>.</summary>
internal static class DatasetList
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("list", "List this participant's datasets.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var datasets = await client.Datasets.ListAsync(cancellationToken).ConfigureAwait(false);
            cli.WriteList(datasets.Select(DatasetView.ToJson), "product", "engine", "attached", "retired", "version", "rows", "source");
            return 0;
        });
        return command;
    }
}
