using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Products;

/// <summary><c>product list</c>.</summary>
internal static class ProductList
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("list", "List every product of the exchange.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var products = await client.Offers.ListProductsAsync(cancellationToken).ConfigureAwait(false);
            cli.WriteList(products.Select(ProductView.ToJson), "product", "title", "publisher", "unit");
            return 0;
        });
        return command;
    }
}
