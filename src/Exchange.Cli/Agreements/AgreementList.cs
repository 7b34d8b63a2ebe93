using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement list</c>.</summary>
internal static class AgreementList
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("list", "List the agreements on either side, newest first.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var agreements = await client.Agreements.ListAsync(cancellationToken).ConfigureAwait(false);
            cli.WriteList(agreements.Select(AgreementView.ToJson), AgreementView.Columns);
            return 0;
        });
        return command;
    }
}
