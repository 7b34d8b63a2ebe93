using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Datasets;

/// <summary><c>dataset publish PRODUCT SOURCE</c>.</summary>
internal static class DatasetPublish
{
    public static Command Create(CliSession cli) => Publishing.Create(
        cli, "publish", "Check a source against a product and make it the dataset's next version.", PublishMode.Replace);
}
