using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Previews;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement show ID</c>: one agreement, in words with <c>--preview</c>, as a file for an auditor with <c>--output</c>.</summary>
internal static class AgreementShow
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var preview = new Option<bool>("--preview") { Description = "Say in sentences what the consumer could learn under it; of a counter-offer while that waits for an answer." };
        var output = new Option<string?>("--output") { Description = "Write the signed agreement as one file, for `agreement verify`.", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "Replace the file if it is there already." };
        var command = new Command("show", "Show one agreement.") { id, preview, output, force };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(preview) && parsed.GetValue(output) is not null)
            {
                throw Reasons.Usage.Because("--preview and --output do not go together.", "Leave one of them out.");
            }

            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.GetAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(preview))
            {
                await WritePreviewAsync(cli, client, agreement, cancellationToken).ConfigureAwait(false);
                return 0;
            }

            var shown = AgreementView.ToJson(agreement);
            if (parsed.GetValue(output) is { } file)
            {
                var exported = await client.Agreements.ExportAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
                exported.Write(file, parsed.GetValue(force));
                shown["file"] = Path.GetFullPath(file);
            }

            cli.WriteOne(shown);
            return 0;
        });
        return command;
    }

    private static async Task WritePreviewAsync(CliSession cli, ExchangeClient client, Agreement agreement, CancellationToken cancellationToken)
    {
        var terms = AgreementView.TermsOf(agreement);
        var sentences = TermsPreview.Of(terms, await client.Offers.GetProductAsync(terms.Offer.Terms.Product, cancellationToken).ConfigureAwait(false));
        // The owner sees the table itself. A consumer sees its figures by asking, under consent, and before that only what kinds there are:
        // also which blocks a table has bounds how many stand in the small ones.
        var table = terms.Provider == client.ParticipantId && terms.Offer.Terms.Release == ReleaseClass.Table
            ? await TableView.FindAsync(client, terms.Offer.Terms.Product, cancellationToken).ConfigureAwait(false) : null;
        if (cli.Format != OutputFormat.Json)
        {
            cli.WriteSentences(sentences);
            if (table is not null)
            {
                cli.Output.WriteLine("All that can ever leave:");
                TableView.Write(cli, table);
            }

            return;
        }

        var shown = AgreementView.ToJson(agreement);
        shown["preview"] = JsonText.Array(sentences);
        if (table is not null)
        {
            shown["table"] = TableView.ToJson(table);
        }

        cli.WriteJson(shown);
    }
}
