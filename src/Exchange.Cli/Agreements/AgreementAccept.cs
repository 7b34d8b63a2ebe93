using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement accept ID</c>.</summary>
internal static class AgreementAccept
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var round = new Option<int>("--round") { Description = "Only if the owner's newest counter-offer is that of this round, as `agreement show` prints it.", HelpName = "N" };
        var command = new Command("accept", "As consumer: sign the owner's counter-offer.") { id, round };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.AcceptAsync(parsed.GetRequiredValue(id), parsed.GetValue(round), cancellationToken).ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
