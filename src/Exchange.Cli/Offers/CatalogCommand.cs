using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Offers;

/// <summary><c>catalog [WORDS]</c>: asks every node for the offers this participant matches.</summary>
internal static class CatalogCommand
{
    public static Command Create(CliSession cli)
    {
        var words = new Argument<string[]>("WORDS") { Description = "Words to look for; everything when left out.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("catalog", "Ask every node for the offers that this participant matches.") { words };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var search = client.Offers.SearchAsync(parsed.GetValue(words) ?? [], cancellationToken);
            var found = await new LateProgress(cli).WaitAsync(search, "asking every node…").ConfigureAwait(false);
            var offers = found.Offers.Select(OfferView.ToJson);
            if (cli.Format == OutputFormat.Json)
            {
                cli.WriteJson(new JsonObject
                {
                    ["offers"] = new JsonArray([.. offers]),
                    ["unreachable"] = new JsonArray([.. found.Unreachable.Select(node => new JsonObject { ["participant"] = node.ParticipantId, ["reason"] = node.Reason })]),
                });
                return 0;
            }

            cli.WriteList(offers, ["provider", .. OfferShow.Columns]);
            if (found.Offers.Count == 0)
            {
                cli.Error.WriteLine("No offer that this participant matches has these words; `exchange catalog` without words shows every offer it matches.");
            }

            foreach (var node in found.Unreachable)
            {
                cli.Error.WriteLine($"{node.ParticipantId} could not be asked: {node.Reason}");
            }

            return 0;
        });
        return command;
    }
}
