using System.CommandLine;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Queries;

/// <summary><c>queries show ID</c>: an earlier answer, verified again.</summary>
internal static class QueriesShow
{
    public static Command Create(CliSession cli)
    {
        var id = new Argument<string>("ID") { Description = "The question's id." };
        var command = new Command("show", "Show an earlier question with its answer; its receipts are verified again.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            return AnswerOutput.Write(cli, await client.Queries.GetAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false));
        });
        return command;
    }
}
