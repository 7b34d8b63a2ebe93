using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset append PRODUCT SOURCE</c>.</summary>
internal static class DatasetAppend
{
    public static Command Create(CliSession cli) => Publishing.Create(
        cli, "append", "Make a version with a source's rows on top of the current ones.", PublishMode.Append);
}
