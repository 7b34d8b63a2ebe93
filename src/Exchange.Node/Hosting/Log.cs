using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>What hosting tells the node's log.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "{Participant} listens at {Endpoint}.")]
    public static partial void Listening(this ILogger log, string participant, string endpoint);

    [LoggerMessage(2002, LogLevel.Debug, "{Participant} refused {Method}: {Reason}.")]
    public static partial void CallRefused(this ILogger log, string participant, string method, string reason);

    [LoggerMessage(2003, LogLevel.Error, "{Participant} failed in {Method}.")]
    public static partial void CallFailed(this ILogger log, Exception error, string participant, string method);

    [LoggerMessage(2004, LogLevel.Warning, "IDENTITY_OUTAGE: {Caller} was let in to {Method} with an expired token.")]
    public static partial void AdmittedInOutage(this ILogger log, string caller, string method);
}
