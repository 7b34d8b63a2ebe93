using System.Text.RegularExpressions;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;

namespace Exchange.Identity.Members;

/// <summary>What the operator may say of a participant.</summary>
internal static partial class MemberRules
{
    /// <summary>Longest display name, in characters.</summary>
    public const int DisplayNameLengthMax = 200;

    /// <summary>Most purposes a participant is accredited for.</summary>
    public const int PurposesMax = 32;

    /// <summary>
    /// The participant as it will be kept: checked, only what the operator decides, each role and purpose once,
    /// provider and consumer when no role was given, the id as its name when none was given.
    /// </summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static Participant Check(Participant? wanted)
    {
        Require(Identifiers.IsSlug(wanted?.Id), "The participant id is not of its form.",
            "Use 2 to 40 characters of a-z, 0-9 and '-', starting with a letter.");
        Require(wanted!.DisplayName.Length <= DisplayNameLengthMax && !wanted.DisplayName.Any(char.IsControl), "The display name is too long or holds control characters.",
            $"Use at most {DisplayNameLengthMax} printable characters.");
        Require(wanted.Kind is ParticipantKind.Enterprise or ParticipantKind.Government or ParticipantKind.Institute, "The kind of the participant is missing or unknown.",
            "Use enterprise, government or institute.");
        Require(RegionPattern().IsMatch(wanted.Region), "The region is not an ISO 3166-2 or country code.", "Write it like CN-ZJ or CN.");
        Require(wanted.Roles.All(role => role is ParticipantRole.Provider or ParticipantRole.Consumer or ParticipantRole.Auditor), "A role is unknown.",
            "Use provider, consumer or auditor.");
        Require(wanted.Purposes.Count <= PurposesMax && wanted.Purposes.All(Identifiers.IsSlug), "There are too many purposes, or one is not of its form.",
            $"Use at most {PurposesMax} words of a-z, 0-9 and '-', such as research.");
        ParticipantRole[] roles = wanted.Roles.Count == 0 ? [ParticipantRole.Provider, ParticipantRole.Consumer] : [.. wanted.Roles.Distinct().Order()];
        return new Participant
        {
            Id = wanted.Id,
            DisplayName = wanted.DisplayName.Length == 0 ? wanted.Id : wanted.DisplayName,
            Kind = wanted.Kind,
            Region = wanted.Region,
            Roles = { roles },
            Purposes = { wanted.Purposes.Distinct().Order(StringComparer.Ordinal) },
        };
    }

    private static void Require(bool holds, string message, string action)
    {
        if (!holds)
        {
            throw Reasons.InvalidRequest.Because(message, action);
        }
    }

    [GeneratedRegex(@"\A[A-Z]{2}(-[A-Z0-9]{1,3})?\z")]
    private static partial Regex RegionPattern();
}
