using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Previews;

namespace Exchange.Cli.Offers;

/// <summary><c>offer preview NAME</c>: in sentences, what a consumer could learn under an offer; of <c>table</c> the table itself.</summary>
internal static class OfferPreview
{
    public static Command Create(CliSession cli)
    {
        var name = new Argument<string>("NAME") { Description = "The offer." };
        var command = new Command("preview", "Say in sentences what a consumer could learn under one of this owner's offers.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var wanted = parsed.GetRequiredValue(name);
            var offer = (await client.Offers.ListAsync(wanted, cancellationToken).ConfigureAwait(false)).FirstOrDefault()
                ?? throw Reasons.NotFound.Because($"There is no offer {wanted}.", "See `exchange offer show`.");
            var sentences = TermsPreview.Of(offer.Terms, await client.Offers.GetProductAsync(offer.Terms.Product, cancellationToken).ConfigureAwait(false));
            var table = offer.Terms.Release == ReleaseClass.Table ? await TableView.FindAsync(client, offer.Terms.Product, cancellationToken).ConfigureAwait(false) : null;
            if (cli.Format == OutputFormat.Json)
            {
                cli.WriteJson(new JsonObject
                {
                    ["offer"] = offer.Terms.Name,
                    ["version"] = offer.Version,
                    ["preview"] = JsonText.Array(sentences),
                    ["table"] = table is null ? null : TableView.ToJson(table),
                });
                return 0;
            }

            cli.WriteSentences(sentences);
            if (table is not null)
            {
                cli.Output.WriteLine("All that can ever leave:");
                TableView.Write(cli, table);
            }

            return 0;
        });
        return command;
    }
}
