using Microsoft.Extensions.Logging;

namespace Exchange.Node.Membership;

/// <summary>What membership tells the node's log.</summary>
internal static partial class Log
{
    [LoggerMessage(2101, LogLevel.Information, "{Participant} has a new certificate, valid until {Until:u}.")]
    public static partial void CertificateRenewed(this ILogger log, string participant, DateTime until);

    [LoggerMessage(2102, LogLevel.Warning, "The certificate of {Participant}, valid until {Until:u}, could not be renewed: {Message} The next try is in an hour.")]
    public static partial void RenewalFailed(this ILogger log, string participant, DateTime until, string message);
}
