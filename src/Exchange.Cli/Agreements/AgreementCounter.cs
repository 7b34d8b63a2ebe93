using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement counter ID --offer NAME</c>: answers a request with other terms.</summary>
internal static class AgreementCounter
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The agreement's id, or its first 6 characters or more." };
        var offer = new Option<string>("--offer") { Description = "The offer whose current version is to be agreed on; the one asked for when left out.", HelpName = "NAME", DefaultValueFactory = _ => "" };
        var until = Arguments.UntilOption("the end asked for, or the offer's where that is earlier,");
        var note = new Option<string>("--note") { Description = "Words for the consumer, at most 500 characters.", DefaultValueFactory = _ => "" };
        var command = new Command("counter", "As owner: answer a requested agreement with other terms.") { id, offer, until, note };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new CounterAgreementRequest
            {
                AgreementId = parsed.GetRequiredValue(id),
                Offer = parsed.GetValue(offer)!,
                UntilTime = Arguments.MomentOf(parsed, until),
                Note = parsed.GetValue(note)!,
            };
            using var client = cli.ConnectNode();
            cli.WriteOne(AgreementView.ToJson(await client.Agreements.CounterAsync(request, cancellationToken).ConfigureAwait(false)));
            return 0;
        });
        return command;
    }
}
