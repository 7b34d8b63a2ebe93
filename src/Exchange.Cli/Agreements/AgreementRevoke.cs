using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement revoke ID</c>.</summary>
internal static class AgreementRevoke
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var note = new Option<string>("--note") { Description = "Words for the consumer, at most 500 characters.", DefaultValueFactory = _ => "" };
        var command = new Command("revoke", "As owner: take an agreement back; the next question under it is refused.") { id, note };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.RevokeAsync(parsed.GetRequiredValue(id), parsed.GetValue(note)!, cancellationToken).ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
