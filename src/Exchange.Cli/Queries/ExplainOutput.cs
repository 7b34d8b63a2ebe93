using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Queries;

/// <summary>Writes a plan, and who would be asked on which terms.</summary>
internal static class ExplainOutput
{
    public static void Write(CliSession cli, string sql, ExplainQueryResponse explained)
    {
        var owners = explained.Owners.Select(owner => new JsonObject
        {
            ["participant"] = owner.ParticipantId,
            ["asked"] = owner.Refusal is null,
            ["agreement"] = owner.AgreementId.Length > 0 ? owner.AgreementId : null,
            ["release"] = Words.Of(owner.Release),
            ["rules"] = JsonText.Array(owner.Rules),
            ["reason"] = owner.Refusal?.Reason,
            ["message"] = owner.Refusal?.Message,
        });
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["sql"] = sql,
                ["plan"] = explained.Plan,
                ["moved"] = JsonText.Array(explained.Moved),
                ["aggregation"] = Words.Of(explained.Aggregation),
                ["cohort"] = explained.Cohort is null ? null : CohortOf(explained.Cohort),
                ["owners"] = new JsonArray([.. owners]),
            });
            return;
        }

        if (cli.Format == OutputFormat.Table)
        {
            cli.Output.WriteLine(explained.Plan.TrimEnd());
            foreach (var moved in explained.Moved)
            {
                cli.Output.WriteLine($"snap: {moved}");
            }

            if (explained.Cohort is { } cohort)
            {
                cli.Output.WriteLine($"secure: one sum over {cohort.Participants.Count} participants; no row over fewer than {cohort.MinNodes}; {cohort.Threshold} must stay to the end");
            }
        }

        cli.WriteList(owners, "participant", "asked", "release", "rules", "reason", "message");
    }

    private static JsonObject CohortOf(CohortSummary cohort) => new()
    {
        ["participants"] = JsonText.Array(cohort.Participants),
        ["min_nodes"] = cohort.MinNodes,
        ["threshold"] = cohort.Threshold,
    };
}
