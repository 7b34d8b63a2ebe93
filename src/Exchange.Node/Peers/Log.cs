using Microsoft.Extensions.Logging;

namespace Exchange.Node.Peers;

/// <summary>What connections and the register tell the node's log.</summary>
internal static partial class Log
{
    [LoggerMessage(2201, LogLevel.Warning, "{Participant} gets no register from the identity server: {Message} It goes on with the register it has.")]
    public static partial void IdentityAway(this ILogger log, string participant, string message);

    [LoggerMessage(2202, LogLevel.Information, "{Participant} reaches the identity server again.")]
    public static partial void IdentityBack(this ILogger log, string participant);

    [LoggerMessage(2203, LogLevel.Debug, "{Participant} could not fetch the register on demand: {Message}")]
    public static partial void RegisterNotFetched(this ILogger log, string participant, string message);

    [LoggerMessage(2204, LogLevel.Warning, "{Participant} could not keep the register on disk: {Message}")]
    public static partial void RegisterNotSaved(this ILogger log, string participant, string message);

    [LoggerMessage(2205, LogLevel.Warning, "{Participant} begins without a register: {Message}")]
    public static partial void RegisterNotLoaded(this ILogger log, string participant, string message);

    [LoggerMessage(2206, LogLevel.Information, "{Participant} gets no new token and goes on with the one that ends {ExpireTime:u}.")]
    public static partial void TokenKept(this ILogger log, string participant, DateTimeOffset expireTime);

    [LoggerMessage(2207, LogLevel.Warning, "{Participant} could not keep its token on disk: {Message}")]
    public static partial void TokenNotSaved(this ILogger log, string participant, string message);
}
