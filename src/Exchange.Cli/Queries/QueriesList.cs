using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;

namespace Exchange.Cli.Queries;

/// <summary><c>queries list</c>.</summary>
internal static class QueriesList
{
    private const int CountMax = 1000;

    public static Command Create(CliSession cli)
    {
        var command = new Command("list", "List the questions this participant asked, newest first.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var queries = await client.Queries.ListAsync(CountMax, cancellationToken).ConfigureAwait(false);
            cli.WriteList(
                queries.Select(query => new JsonObject
                {
                    ["query_id"] = query.QueryId,
                    ["asked_at"] = MomentText.Of(query.CreateTime),
                    ["purpose"] = query.Purpose,
                    ["answered"] = query.Answered,
                    ["asked"] = query.Asked,
                    ["sql"] = query.Sql,
                }),
                "query_id", "asked_at", "purpose", "answered", "asked", "sql");
            return 0;
        });
        return command;
    }
}
