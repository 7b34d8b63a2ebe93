using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Offers;

/// <summary><c>offer set FILE</c>: the owner's terms for a dataset.</summary>
internal static class OfferSet
{
    public static Command Create(CliSession cli)
    {
        var file = new Argument<string>("FILE") { Description = "The offer file (YAML)." };
        var beside = new Option<bool>("--beside-checked") { Description = "Offer table and checked over the same rows all the same; ends what the table promises." };
        var besideExact = new Option<bool>("--beside-exact") { Description = "Offer noisy and an exact class over the same rows all the same; ends what the noise promises." };
        var sameRows = new Option<bool>("--override-same-rows") { Description = "Offer all the same what another dataset of this node tells of too." };
        var command = new Command("set", "Set an offer: its first version, or the next one.") { file, beside, besideExact, sameRows };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terms = OfferFile.Read(parsed.GetRequiredValue(file));
            using var client = cli.ConnectNode();
            var request = new SetOfferRequest { Terms = terms, BesideChecked = parsed.GetValue(beside), BesideExact = parsed.GetValue(besideExact), OverrideSameRows = parsed.GetValue(sameRows) };
            var set = await client.Offers.SetAsync(request, cancellationToken).ConfigureAwait(false);
            var shown = OfferView.ToJson(set.Offer);
            shown["notes"] = JsonText.Array(set.Notes);
            cli.WriteOne(shown);
            return 0;
        });
        return command;
    }
}
