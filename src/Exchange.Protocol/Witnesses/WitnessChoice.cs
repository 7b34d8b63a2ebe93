using System.Security.Cryptography;
using System.Text;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;

namespace Exchange.Protocol.Witnesses;

/// <summary>Who witnesses a log: every auditor, and three others that follow from the log's name, so that its owner cannot pick its friends.</summary>
public static class WitnessChoice
{
    /// <summary>Most auditors that are asked.</summary>
    public const int AuditorsMax = 5;

    /// <summary>How many others are asked.</summary>
    public const int OthersMax = 3;

    /// <summary>The witnesses of a participant's log that have a node, auditors first.</summary>
    public static IReadOnlyList<Participant> Of(RegisterSnapshot register, string participant)
    {
        var ordered = register.Participants
            .Where(other => other.Id != participant && other.Status == ParticipantStatus.Active && Uri.TryCreate(other.Endpoint, UriKind.Absolute, out var address) && address.Port > 0)
            .OrderBy(other => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Identifiers.LogOriginOf(participant) + "\n" + other.Id))), StringComparer.Ordinal)
            .ToList();
        return [.. ordered.Where(IsAuditor).Take(AuditorsMax), .. ordered.Where(other => !IsAuditor(other)).Take(OthersMax)];
    }

    private static bool IsAuditor(Participant participant) => participant.Roles.Contains(ParticipantRole.Auditor);
}
