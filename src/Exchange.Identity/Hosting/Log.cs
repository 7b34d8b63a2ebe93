using Microsoft.Extensions.Logging;

namespace Exchange.Identity.Hosting;

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "{Method} refused: {Reason}.")]
    public static partial void CallRefused(ILogger log, string method, string reason);

    [LoggerMessage(1002, LogLevel.Error, "{Method} failed on storage.")]
    public static partial void StorageFailed(ILogger log, Exception error, string method);

    [LoggerMessage(1003, LogLevel.Error, "{Method} failed.")]
    public static partial void CallFailed(ILogger log, Exception error, string method);
}
