using System.Text.Json.Nodes;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Terminal;

/// <summary>Tells the person what went wrong and what to do.</summary>
internal static class ErrorOutput
{
    /// <summary>Writes reason, sentence and action to standard error, and in JSON one document to standard output. Returns the exit code.</summary>
    public static int Write(CliSession cli, ExchangeException failure)
    {
        WriteText(cli, failure.Reason.Name, failure.Message, failure.Action);
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject { ["error"] = ToJson(failure.Reason.Name, failure.Message, failure.Action) });
        }

        return ExitCodeOf(failure);
    }

    /// <summary>Reason, sentence, action, on standard error.</summary>
    public static void WriteText(CliSession cli, string reason, string message, string action)
    {
        cli.Error.WriteLine($"{reason}: {message}");
        if (action.Length > 0)
        {
            cli.Error.WriteLine(action);
        }
    }

    /// <summary>The <c>error</c> object.</summary>
    public static JsonObject ToJson(string reason, string message, string action) => new() { ["reason"] = reason, ["message"] = message, ["action"] = action };

    /// <summary>0 to 5; see <see cref="ErrorKind"/>.</summary>
    public static int ExitCodeOf(ExchangeException failure) => (int)failure.Reason.Kind;
}
