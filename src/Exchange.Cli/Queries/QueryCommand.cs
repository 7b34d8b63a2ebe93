using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Cli.Queries;

/// <summary><c>query SQL --purpose P</c>: asks many owners one question, or explains who would be asked.</summary>
internal static class QueryCommand
{
    private const int AllParticipants = -1;
    private static readonly TimeSpan DeadlineMax = TimeSpan.FromMinutes(10);

    public static Command Create(CliSession cli)
    {
        var sql = new Argument<string>("SQL") { Description = "One SELECT over a product." };
        var purpose = new Option<string>("--purpose") { Description = "For what; an agreement for it must exist.", Required = true };
        var participants = Arguments.ListOption("--participants", "Only these owners.");
        var require = new Option<string?>("--require") { Description = "Fewest participants that must answer.", HelpName = "N|all" };
        var explain = new Option<bool>("--explain") { Description = "Show the plan and who would be asked; run nothing." };
        var release = new Option<string?>("--release") { Description = "table, noisy or checked; what most owners offer when left out.", HelpName = "C" };
        var aggregation = new Option<string?>("--aggregation") { Description = "each or secure; what most owners offer when left out.", HelpName = "A" };
        var roster = new Option<string?>("--roster") { Description = "In secure: ask those again that the sum of an earlier question is over.", HelpName = "QUERY_ID" };
        var snap = new Option<bool>("--snap") { Description = "In table: move filters between cut points to the nearest ones." };
        var common = new Option<bool>("--common") { Description = "In table: only parts that all answering owners' tables share." };
        var deadline = new Option<double?>("--deadline") { Description = "How long owners may take.", HelpName = "SECONDS" };
        var witnesses = new Option<int>("--witnesses") { Description = "Fewest witnesses that must have cosigned an owner's log before its answer counts.", HelpName = "K" };
        var rho = new Option<double?>("--rho") { Description = "In noisy: zCDP that each owner may charge; the owner's usual charge when left out. With --error, the most it may be in all.", HelpName = "R" };
        var error = new Option<string?>("--error") { Description = "In noisy: standard error of every figure, as a part of it; chooses the charge, and says what it costs before it is spent.", HelpName = "P%" };
        var command = new Command("query", "Ask many owners one question.") { sql, purpose, participants, require, explain, release, aggregation, roster, snap, common, witnesses, rho, error, deadline };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new RunQueryRequest
            {
                Sql = parsed.GetRequiredValue(sql),
                Purpose = parsed.GetRequiredValue(purpose),
                Participants = { Arguments.ListOf(parsed, participants) },
                Require = ReadRequire(parsed.GetValue(require)),
                Release = parsed.GetValue(release) is { } word ? Arguments.WordOf<ReleaseClass>(word, "release class") : ReleaseClass.Unspecified,
                Aggregation = parsed.GetValue(aggregation) is { } how ? Arguments.WordOf<Aggregation>(how, "aggregation") : Aggregation.Unspecified,
                Roster = parsed.GetValue(roster) ?? "",
                Snap = parsed.GetValue(snap),
                Common = parsed.GetValue(common),
                Witnesses = parsed.GetValue(witnesses),
                Deadline = parsed.GetValue(deadline) is { } seconds ? ReadDeadline(seconds) : null,
                Rho = parsed.GetValue(rho) is { } charge ? ReadRho(charge) : 0,
            };
            double? wanted = parsed.GetValue(error) is { } percentage ? WantedError.Read(percentage) : null;
            using var client = cli.ConnectNode();
            if (parsed.GetValue(explain))
            {
                if (wanted is { } planned)
                {
                    await WantedError.SayAsync(cli, client, request, planned, cancellationToken).ConfigureAwait(false);
                }

                ExplainOutput.Write(cli, request.Sql, await client.Queries.ExplainAsync(
                    new ExplainQueryRequest
                    {
                        Sql = request.Sql,
                        Purpose = request.Purpose,
                        Participants = { request.Participants },
                        Release = request.Release,
                        Aggregation = request.Aggregation,
                        Roster = request.Roster,
                        Snap = request.Snap,
                        Rho = request.Rho,
                    },
                    cancellationToken).ConfigureAwait(false));
                return 0;
            }

            if (wanted is { } precision)
            {
                await WantedError.ChooseAsync(cli, client, request, precision, cancellationToken).ConfigureAwait(false);
            }

            return await RunAsync(cli, client, request, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(CliSession cli, Client.ExchangeClient client, RunQueryRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var running = client.Queries.RunAsync(request, cancellationToken);
            return AnswerOutput.Write(cli, await new LateProgress(cli).WaitAsync(running, "waiting for the owners…").ConfigureAwait(false));
        }
        catch (ExchangeException failure) when (cli.Format == OutputFormat.Json)
        {
            ErrorOutput.WriteText(cli, failure.Reason.Name, failure.Message, failure.Action);
            cli.WriteJson(AnswerJson.Refused(request.Sql, failure));
            return ErrorOutput.ExitCodeOf(failure);
        }
    }

    private static int ReadRequire(string? text) => text switch
    {
        null => 0,
        "all" => AllParticipants,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 => count,
        _ => throw Reasons.Usage.Because("--require takes a number from 1, or 'all'.", "Write --require 3, or --require all."),
    };

    private static double ReadRho(double charge) => charge is > 0 and <= 1000
        ? charge
        : throw Reasons.Usage.Because("--rho takes an amount of zCDP above 0.", "Write for example --rho 0.001.");

    private static Duration ReadDeadline(double seconds) => seconds > 0 && seconds <= DeadlineMax.TotalSeconds
        ? Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds))
        : throw Reasons.Usage.Because("--deadline takes seconds, more than 0 and at most 600.", "Write for example --deadline 30.");
}
