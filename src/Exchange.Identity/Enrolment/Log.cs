using Microsoft.Extensions.Logging;

namespace Exchange.Identity.Enrolment;

internal static partial class Log
{
    [LoggerMessage(1201, LogLevel.Information, "Participant {Participant} joined.")]
    public static partial void ParticipantJoined(ILogger log, string participant);

    [LoggerMessage(1202, LogLevel.Information, "Participant {Participant} has a new certificate.")]
    public static partial void CertificateRenewed(ILogger log, string participant);
}
