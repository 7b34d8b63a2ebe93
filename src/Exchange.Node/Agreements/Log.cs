using Microsoft.Extensions.Logging;

namespace Exchange.Node.Agreements;

/// <summary>Messages of this folder; event ids 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Information, "Agreement {AgreementId}: {Consumer} could not be told ({Reason}); it is tried again.")]
    public static partial void NoticeUnsent(ILogger logger, string agreementId, string consumer, string reason);

    [LoggerMessage(3102, LogLevel.Warning, "Agreement {AgreementId}: {Consumer} refused the notice ({Reason}).")]
    public static partial void NoticeRefused(ILogger logger, string agreementId, string consumer, string reason);

    [LoggerMessage(3103, LogLevel.Warning, "A round of agreement upkeep failed: {Reason}.")]
    public static partial void UpkeepFailed(ILogger logger, string reason);
}
