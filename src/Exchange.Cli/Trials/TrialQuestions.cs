using Exchange.Cli.Hosting;
using Exchange.Cli.Queries;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Trials;

/// <summary>Asks a trial's questions in their order, each as its participant.</summary>
internal static class TrialQuestions
{
    /// <summary>Asks all of them; one that fails does not stop the next. In JSON the answers are one array, written at the end.</summary>
    /// <returns>The exit code of the first that failed, else 0.</returns>
    public static async Task<int> AskAsync(CliSession cli, TrialDefinition trial, LocalExchange exchange, CancellationToken cancellationToken)
    {
        var exitCode = 0;
        var documents = new List<string>();
        for (var i = 0; i < trial.Queries.Count; i++)
        {
            var query = trial.Queries[i];
            Introduce(cli, query, first: i == 0);
            var code = await AskAsync(cli, query, exchange, documents, cancellationToken).ConfigureAwait(false);
            exitCode = exitCode == 0 ? code : exitCode;
        }

        if (cli.Format == OutputFormat.Json)
        {
            cli.Output.WriteLine($"[{string.Join(",\n", documents)}]");
        }

        return exitCode;
    }

    private static async Task<int> AskAsync(CliSession cli, TrialQuery query, LocalExchange exchange, List<string> documents, CancellationToken cancellationToken)
    {
        var request = new RunQueryRequest
        {
            Sql = query.Sql,
            Purpose = query.Purpose,
            Participants = { query.Participants },
            Require = query.Require,
            Release = query.Release,
            Rho = query.Rho,
            Aggregation = query.Aggregation,
        };
        try
        {
            var answer = await exchange[query.As].Queries.RunAsync(request, cancellationToken).ConfigureAwait(false);
            if (cli.Format != OutputFormat.Json)
            {
                return AnswerOutput.Write(cli, answer);
            }

            documents.Add(AnswerJson.Of(answer));
            return AnswerOutput.ReportError(cli, answer);
        }
        catch (ExchangeException failure)
        {
            documents.Add(AnswerJson.Refused(query.Sql, failure).ToJsonString(JsonText.Options));
            ErrorOutput.WriteText(cli, failure.Reason.Name, failure.Message, failure.Action);
            return ErrorOutput.ExitCodeOf(failure);
        }
    }

    private static void Introduce(CliSession cli, TrialQuery query, bool first)
    {
        if (cli.Format == OutputFormat.Table)
        {
            cli.Output.WriteLine($"{(first ? "" : "\n")}{query.As} asks for {query.Purpose}:");
            cli.Output.WriteLine($"  {query.Sql.Trim().ReplaceLineEndings("\n  ")}");
        }
        else if (cli.Format == OutputFormat.Csv && !first)
        {
            cli.Output.Write('\n');
        }
    }
}
