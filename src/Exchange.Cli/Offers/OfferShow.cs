using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Offers;

/// <summary><c>offer show [NAME]</c>: all offers of this owner, or one.</summary>
internal static class OfferShow
{
    /// <summary>Columns of lists of offers.</summary>
    public static readonly string[] Columns = ["offer", "version", "product", "purposes", "release", "approval", "expires"];

    public static Command Create(CliSession cli)
    {
        var name = new Argument<string>("NAME") { Description = "The offer; all of them when left out.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        var command = new Command("show", "Show this owner's offers, or one with all its terms.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var wanted = parsed.GetValue(name) ?? "";
            var offers = await client.Offers.ListAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (wanted.Length == 0)
            {
                cli.WriteList(offers.Select(OfferView.ToJson), Columns);
                return 0;
            }

            cli.WriteOne(OfferView.ToJson(offers.FirstOrDefault() ?? throw Reasons.NotFound.Because($"There is no offer {wanted}.", "See `exchange offer show`.")));
            return 0;
        });
        return command;
    }
}
