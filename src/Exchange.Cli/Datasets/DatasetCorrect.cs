using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset correct PRODUCT SOURCE</c>.</summary>
internal static class DatasetCorrect
{
    public static Command Create(CliSession cli) => Publishing.Create(
        cli, "correct", "Put a source in the dataset's place in which rows were removed or mended; a safe table keeps its figures until enough rows of a block are gone.", PublishMode.Correct);
}
