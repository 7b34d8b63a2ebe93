using Microsoft.Extensions.Logging;

namespace Exchange.Identity.Members;

internal static partial class Log
{
    [LoggerMessage(1101, LogLevel.Information, "Participant {Participant} may join.")]
    public static partial void ParticipantAdded(ILogger log, string participant);

    [LoggerMessage(1102, LogLevel.Warning, "Participant {Participant} is suspended.")]
    public static partial void ParticipantSuspended(ILogger log, string participant);

    [LoggerMessage(1103, LogLevel.Information, "Participant {Participant} is reinstated.")]
    public static partial void ParticipantReinstated(ILogger log, string participant);

    [LoggerMessage(1104, LogLevel.Information, "Token key {KeyId} is published and will sign in a minute.")]
    public static partial void TokenKeyRotated(ILogger log, string keyId);
}
