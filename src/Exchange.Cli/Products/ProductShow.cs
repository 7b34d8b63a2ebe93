using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Products;

/// <summary><c>product show NAME/MAJOR</c>.</summary>
internal static class ProductShow
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("PRODUCT") { Description = "name/major." };
        var command = new Command("show", "Show one product with its columns.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            cli.WriteOne(ProductView.ToJson(await client.Offers.GetProductAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false)));
            return 0;
        });
        return command;
    }
}
