using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;

namespace Exchange.Cli.Products;

/// <summary><c>product publish FILE</c>: puts a definition into the register, signed by this participant.</summary>
internal static class ProductPublish
{
    public static Command Create(CliSession cli)
    {
        var file = new Argument<string>("FILE") { Description = "The product file (YAML)." };
        var command = new Command("publish", "Publish a product: a table definition that many participants share.") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var product = ProductFile.Read(parsed.GetRequiredValue(file));
            using var client = cli.ConnectNode();
            cli.WriteOne(ProductView.ToJson(await client.Offers.PublishProductAsync(product, cancellationToken).ConfigureAwait(false)));
            return 0;
        });
        return command;
    }
}
