using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement request PRODUCT --purpose P</c>: asks every matching owner.</summary>
internal static class AgreementRequest
{
    public static Command Create(CliSession cli)
    {
        var product = new Argument<string>("PRODUCT") { Description = "name/major." };
        var purpose = new Option<string>("--purpose") { Description = "For what.", Required = true };
        var participants = Arguments.ListOption("--participants", "Only these owners.");
        var until = Arguments.UntilOption("the end of each offer");
        var command = new Command("request", "Ask every matching owner of a product for an agreement.") { product, purpose, participants, until };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new RequestAgreementsRequest
            {
                Product = parsed.GetRequiredValue(product),
                Purpose = parsed.GetRequiredValue(purpose),
                Participants = { Arguments.ListOf(parsed, participants) },
                UntilTime = Arguments.MomentOf(parsed, until),
            };
            using var client = cli.ConnectNode();
            var outcomes = await new LateProgress(cli).WaitAsync(client.Agreements.RequestAsync(request, cancellationToken), "asking the owners…").ConfigureAwait(false);
            cli.WriteList(outcomes.Select(ToJson), "participant", "state", "agreement", "until", "reason", "message");
            return ExitCodeOf(outcomes);
        });
        return command;
    }

    private static JsonObject ToJson(AgreementRequestOutcome outcome)
    {
        if (outcome.Refusal is { } refusal)
        {
            return new JsonObject
            {
                ["participant"] = outcome.ParticipantId,
                ["state"] = "REFUSED",
                ["agreement"] = null,
                ["until"] = null,
                ["reason"] = refusal.Reason,
                ["message"] = refusal.Message,
                ["action"] = refusal.Action,
            };
        }

        var agreement = AgreementView.ToJson(outcome.Agreement);
        return new JsonObject
        {
            ["participant"] = outcome.ParticipantId,
            ["state"] = agreement["state"]!.DeepClone(),
            ["agreement"] = agreement["id"]!.DeepClone(),
            ["until"] = agreement["until"]?.DeepClone(),
            ["reason"] = agreement["reason"]?.DeepClone(),
            ["message"] = agreement["note"]?.DeepClone(),
        };
    }

    // One owner's no is a result; everybody's no is a refusal of what was asked.
    private static int ExitCodeOf(IReadOnlyList<AgreementRequestOutcome> outcomes) =>
        outcomes.Count > 0 && outcomes.All(outcome => outcome.Refusal is not null) ? (int)ErrorKind.Refused : 0;
}
