using Exchange.Cli.Terminal;
using Exchange.Client.Queries;
using Exchange.Protocol.Errors;
using Grpc.Core;

namespace Exchange.Cli.Queries;

/// <summary>Writes an answer in the format asked for and says how it ended.</summary>
internal static class AnswerOutput
{
    /// <summary>Writes it. Returns the exit code: 0, or that of the reason why there are no rows.</summary>
    public static int Write(CliSession cli, VerifiedAnswer answer)
    {
        switch (cli.Format)
        {
            case OutputFormat.Json:
                cli.Output.WriteLine(AnswerJson.Of(answer));
                break;
            case OutputFormat.Csv:
                CsvOutput.Write(cli.Output, AnswerTable.RowsOf(answer.Response));
                break;
            default:
                AnswerTable.Write(cli.Output, answer);
                break;
        }

        return ReportError(cli, answer);
    }

    /// <summary>Tells why there are no rows, if so, on standard error. Returns the exit code.</summary>
    public static int ReportError(CliSession cli, VerifiedAnswer answer)
    {
        if (answer.Response.Error is not { } error)
        {
            return 0;
        }

        ErrorOutput.WriteText(cli, error.Reason, error.Message, error.Action);
        return (int)Reasons.Named(error.Reason, StatusCode.Unavailable).Kind;
    }
}
