using Microsoft.Extensions.Logging;

namespace Exchange.Node.Witnesses;

/// <summary>What witnesses tell the node's log.</summary>
internal static partial class Log
{
    [LoggerMessage(2701, LogLevel.Critical, "{Participant} stops: its witness {Witness} cosigned a head that its access log does not have. {Message}")]
    public static partial void Contradicted(this ILogger log, string participant, string witness, string message);
}
