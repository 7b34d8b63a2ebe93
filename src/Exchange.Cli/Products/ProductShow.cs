using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;

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
            var products = (await client.Offers.ListProductsAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(product => $"{product.Name}/{product.Major}");
            var wanted = parsed.GetRequiredValue(id);
            if (!products.TryGetValue(wanted, out var found))
            {
                var nearest = NearestName.Of(wanted, products.Keys);
                throw Reasons.NotFound.Because($"There is no product {wanted}{(nearest is null ? "." : $" – did you mean {nearest}?")}", "See `exchange product list`.");
            }

            cli.WriteOne(ProductView.ToJson(found));
            return 0;
        });
        return command;
    }
}
