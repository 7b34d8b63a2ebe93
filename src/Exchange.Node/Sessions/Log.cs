using Microsoft.Extensions.Logging;

namespace Exchange.Node.Sessions;

internal static partial class Log
{
    [LoggerMessage(EventId = 3401, Level = LogLevel.Warning, Message = "{Participant} dropped out of a secure sum: {Reason}")]
    public static partial void DroppedOut(ILogger logger, string participant, string reason);

    [LoggerMessage(EventId = 3402, Level = LogLevel.Warning, Message = "{Participant} told nothing of its table for a secure sum: {Reason}")]
    public static partial void NotDescribed(ILogger logger, string participant, string reason);
}
