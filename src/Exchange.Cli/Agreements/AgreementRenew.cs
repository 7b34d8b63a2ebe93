using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement renew ID</c>.</summary>
internal static class AgreementRenew
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var until = Arguments.UntilOption("the end of the offer");
        var command = new Command("renew", "As consumer: ask for an agreement that continues one in force, on the owner's offer of today.") { id, until };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new RenewAgreementRequest { AgreementId = parsed.GetRequiredValue(id), UntilTime = Arguments.MomentOf(parsed, until) };
            using var client = cli.ConnectNode();
            var agreement = await new LateProgress(cli).WaitAsync(client.Agreements.RenewAsync(request, cancellationToken), "asking the owner…").ConfigureAwait(false);
            cli.WriteOne(AgreementView.ToJson(agreement));
            return 0;
        });
        return command;
    }
}
