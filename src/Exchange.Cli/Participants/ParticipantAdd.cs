using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Cli.Participants;

/// <summary><c>participant add</c>: adds a member and prints its one-time code.</summary>
internal static class ParticipantAdd
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "2 to 40 characters of a-z, 0-9 and '-'." };
        var kind = new Option<string>("--kind") { Description = "enterprise, government or institute.", Required = true };
        var region = new Option<string>("--region") { Description = "ISO 3166-2 code such as CN-ZJ.", Required = true };
        var roles = Arguments.ListOption("--roles", "provider, consumer, auditor; provider and consumer when left out.");
        var purposes = Arguments.ListOption("--purposes", "Purposes it is accredited for; every purpose when left out.");
        var name = new Option<string>("--name") { Description = "Name for people.", DefaultValueFactory = _ => "" };
        var command = new Command("add", "Add a participant, or make a new code for one that has not joined; prints the code.") { id, kind, region, roles, purposes, name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var participant = new Participant
            {
                Id = parsed.GetRequiredValue(id),
                Kind = Arguments.WordOf<ParticipantKind>(parsed.GetRequiredValue(kind), "kind"),
                Region = parsed.GetRequiredValue(region),
                DisplayName = parsed.GetValue(name) ?? "",
                Roles = { Arguments.WordsOf<ParticipantRole>(parsed, roles, "role") },
                Purposes = { Arguments.ListOf(parsed, purposes) },
            };
            using var desk = cli.ConnectOperator();
            var added = await desk.AddAsync(participant, cancellationToken).ConfigureAwait(false);
            if (cli.Format == OutputFormat.Json)
            {
                cli.WriteJson(new JsonObject { ["code"] = added.Code, ["expires"] = MomentText.Of(added.ExpireTime) });
            }
            else
            {
                // The code alone, so that it can be copied or piped.
                cli.Output.WriteLine(added.Code);
                cli.Error.WriteLine($"Hand this code to {participant.Id} alone; it works once, until {MomentText.Of(added.ExpireTime)}.");
            }

            return 0;
        });
        return command;
    }
}
