using Microsoft.Extensions.Logging;

namespace Exchange.Node.Catalog;

/// <summary>Messages of this folder; event ids 3000 to 3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Warning, "Parts of an interrupted publish could not be removed: {Reason}.")]
    public static partial void SweepFailed(ILogger logger, string reason);
}
