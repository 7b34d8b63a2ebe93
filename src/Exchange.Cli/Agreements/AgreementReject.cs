using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement reject ID</c>.</summary>
internal static class AgreementReject
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var note = new Option<string>("--note") { Description = "Words for the other side, at most 500 characters.", DefaultValueFactory = _ => "" };
        var command = new Command("reject", "As owner: say no to a requested agreement. As consumer: say no to the owner's counter-offer.") { id, note };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.RejectAsync(parsed.GetRequiredValue(id), parsed.GetValue(note)!, cancellationToken).ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
