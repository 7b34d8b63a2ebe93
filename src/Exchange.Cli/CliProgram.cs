using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Errors;

namespace Exchange.Cli;

/// <summary>The command line from arguments to exit code; the one place where exceptions become sentences.</summary>
public static class CliProgram
{
    private const string DebugVariable = "EXCHANGE_DEBUG";

    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Progress, logs and errors.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <returns>0 done, 1 failed, 2 usage, 3 refused, 4 unreachable or too little coverage, 5 verification failed.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default, TimeProvider? time = null)
    {
        var cli = new CliSession(output, error, time ?? TimeProvider.System);
        try
        {
            var parsed = CommandTree.Create(cli).Parse(args);
            cli.Read(parsed);
            if (parsed.Errors.Count > 0)
            {
                throw UsageMistakes.Of(parsed);
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException failure)
        {
            return ErrorOutput.Write(cli, failure);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ErrorOutput.Write(cli, Reasons.Cancelled.Because("The command was stopped.", "Run it again; nothing is half done."));
        }
        catch (Exception failure)
        {
            return ErrorOutput.Write(cli, Unexpected(failure));
        }
    }

    // The person at the terminal gets no stack trace unless they ask for one.
    private static ExchangeException Unexpected(Exception failure)
    {
        var asked = Environment.GetEnvironmentVariable(DebugVariable) is "1";
        return failure is IOException or UnauthorizedAccessException
            ? Reasons.StorageFailed.Because(asked ? failure.ToString() : failure.Message, "Check the path, your rights and the space on the disk.")
            : Reasons.Internal.Because(
                asked ? failure.ToString() : "The program met a state that it does not know.",
                $"Set {DebugVariable}=1, run it again and report what it prints.");
    }
}
