using Microsoft.Extensions.Logging;

namespace Exchange.Node.Agreements;

/// <summary>Messages of this folder; event ids 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Information, "Agreement {AgreementId}: {OtherSide} could not be told ({Reason}); it is tried again.")]
    public static partial void NotDelivered(ILogger logger, string agreementId, string otherSide, string reason);

    [LoggerMessage(3102, LogLevel.Warning, "Agreement {AgreementId}: {OtherSide} was told and refused ({Reason}).")]
    public static partial void Refused(ILogger logger, string agreementId, string otherSide, string reason);

    [LoggerMessage(3103, LogLevel.Warning, "A round of agreement upkeep failed: {Reason}.")]
    public static partial void UpkeepFailed(ILogger logger, string reason);
}
