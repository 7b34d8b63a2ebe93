using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;

namespace Exchange.Cli.Offers;

/// <summary><c>offer set FILE</c>: the owner's terms for a dataset.</summary>
internal static class OfferSet
{
    public static Command Create(CliSession cli)
    {
        var file = new Argument<string>("FILE") { Description = "The offer file (YAML)." };
        var command = new Command("set", "Set an offer: its first version, or the next one.") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terms = OfferFile.Read(parsed.GetRequiredValue(file));
            using var client = cli.ConnectNode();
            var set = await client.Offers.SetAsync(terms, cancellationToken).ConfigureAwait(false);
            var shown = OfferView.ToJson(set.Offer);
            shown["notes"] = JsonText.Array(set.Notes);
            cli.WriteOne(shown);
            return 0;
        });
        return command;
    }
}
