using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Offers;

/// <summary><c>offer what-if NAME --set KEY=VALUE</c>: what answered queries would lose under other rules.</summary>
internal static class OfferWhatIf
{
    private const int DefaultCount = 100;
    private const int CountMax = 1_000;
    private const double LossMax = 0.05;

    public static Command Create(CliSession cli)
    {
        var name = new Argument<string>("NAME") { Description = "The offer." };
        var set = new Option<string[]>("--set")
        {
            Description = "A rule to change, in the keys of the offer file, such as disclosure.min_units=20; may be given several times.",
            HelpName = "KEY=VALUE",
            AllowMultipleArgumentsPerToken = false,
            Required = true,
        };
        var last = new Option<int>("--last") { Description = $"How many of the newest answered queries, 1 to {CountMax}.", HelpName = "N", DefaultValueFactory = _ => DefaultCount };
        var command = new Command("what-if", "Run answered queries once more under other rules and say what each would lose; nothing is released or set.") { name, set, last };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var count = parsed.GetValue(last) is >= 1 and <= CountMax and var asked
                ? asked
                : throw Reasons.Usage.Because($"--last takes a number from 1 to {CountMax}.", $"Write --last {DefaultCount}, or leave it out.");
            var changes = parsed.GetRequiredValue(set);
            _ = OfferChanges.Apply(new Protocol.Catalog.V1.OfferTerms(), changes);

            using var client = cli.ConnectNode();
            var wanted = parsed.GetRequiredValue(name);
            var offer = (await client.Offers.ListAsync(wanted, cancellationToken).ConfigureAwait(false)).FirstOrDefault()
                ?? throw Reasons.NotFound.Because($"There is no offer {wanted}.", "See `exchange offer show`.");
            var replay = client.Offers.WhatIfAsync(OfferChanges.Apply(offer.Terms, changes), count, cancellationToken);
            Write(cli, wanted, await new LateProgress(cli).WaitAsync(replay, "running the answered queries once more…").ConfigureAwait(false));
            return 0;
        });
        return command;
    }

    private static void Write(CliSession cli, string offer, WhatIfOfferResponse replay)
    {
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["offer"] = offer,
                ["dataset_version"] = replay.DatasetVersion,
                ["queries"] = new JsonArray([.. replay.Queries.Select(ToJson)]),
                ["not_kept"] = replay.NotKept,
                ["notes"] = JsonText.Array(replay.Notes),
            });
            return;
        }

        string[] lost = replay.Queries.Any(query => query.CoveredUnitsThen > 0) ? ["covered_units_then", "covered_units_now"] : ["withheld_then", "withheld_now"];
        cli.WriteList(replay.Queries.Select(ToJson), ["answered_at", "asked_by", "purpose", "offer", "released_then", "released_now", .. lost, "reason"]);
        foreach (var sentence in Summary(replay))
        {
            cli.Error.WriteLine(sentence);
        }
    }

    private static IEnumerable<string> Summary(WhatIfOfferResponse replay)
    {
        var refused = replay.Queries.Count(query => query.Reason.Length > 0);
        var fewer = replay.Queries.Where(query => query.Reason.Length == 0 && query.ReleasedNow < query.ReleasedThen).ToList();
        yield return $"{replay.Queries.Count} queries: {refused} would be refused, {fewer.Count} would lose {fewer.Sum(query => (long)query.ReleasedThen - query.ReleasedNow)} cells. Nothing was released or set.";
        if (replay.Queries.Where(query => query.Reason.Length == 0 && query.CoveredUnitsNow < query.CoveredUnitsThen * (1 - LossMax)).ToList() is { Count: > 0 } poorer)
        {
            yield return $"{poorer.Count} would lose more than {LossMax:0 %} of the units that they get of the table there is.";
        }

        if (replay.Queries.Any(query => query.DatasetVersion != replay.DatasetVersion))
        {
            yield return $"Some were answered over another version of the dataset than version {replay.DatasetVersion}, which they ran over now: not every difference comes of the rules.";
        }

        if (replay.NotKept > 0)
        {
            yield return $"{replay.NotKept} answered queries are left out: their questions were not kept.";
        }

        foreach (var note in replay.Notes)
        {
            yield return $"note: {note}";
        }
    }

    private static JsonObject ToJson(ReplayedQuery query) => new()
    {
        ["query_id"] = query.QueryId,
        ["answered_at"] = MomentText.Of(query.AnswerTime),
        ["asked_by"] = query.Caller,
        ["purpose"] = query.Purpose,
        ["offer"] = query.Offer,
        ["dataset_version"] = query.DatasetVersion,
        ["released_then"] = query.ReleasedThen,
        ["withheld_then"] = query.WithheldThen,
        ["released_now"] = query.ReleasedNow,
        ["withheld_now"] = query.WithheldNow,
        ["covered_units_then"] = query.CoveredUnitsThen,
        ["covered_units_now"] = query.CoveredUnitsNow,
        ["reason"] = query.Reason.Length == 0 ? null : query.Reason,
        ["message"] = query.Message.Length == 0 ? null : query.Message,
    };
}
