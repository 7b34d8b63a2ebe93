using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement show ID</c>.</summary>
internal static class AgreementShow
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var command = new Command("show", "Show one agreement.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreement = await client.Agreements.GetAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
