namespace Exchange.Cli.Tests;

/// <summary>Runs the program in this process as a shell would: arguments in; exit code and both outputs out.</summary>
internal static class CommandLine
{
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CliProgram.RunAsync(args, output, TextWriter.Synchronized(error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
