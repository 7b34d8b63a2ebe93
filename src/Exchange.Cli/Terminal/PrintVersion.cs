using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Exchange.Cli.Terminal;

/// <summary><c>--version</c>: the version alone, for scripts.</summary>
internal sealed class PrintVersion : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(CliProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine(version);
        return 0;
    }
}
