using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement approve ID</c>.</summary>
internal static class AgreementApprove
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var command = new Command("approve", "As owner: sign a requested agreement.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.ApproveAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
