using Microsoft.Extensions.Logging;

namespace Exchange.Node.Queries;

internal static partial class Log
{
    // The exception's own message may hold a value of the data, so only its type and place are logged.
    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "A fragment failed with {Error} at {Place}")]
    public static partial void FragmentFailed(ILogger logger, string error, string? place);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "The answer of {Participant} was set aside: {Reason}")]
    public static partial void AnswerSetAside(ILogger logger, string participant, string reason);
}
