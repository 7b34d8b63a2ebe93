using System.IO.Enumeration;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Google.Protobuf.Collections;

namespace Exchange.Node.Catalog;

/// <summary>Whom an offer is for. Pure.</summary>
internal static class OfferMatching
{
    /// <summary>Whether the participant matches the offer's consumers and is accredited for at least one of its purposes.</summary>
    public static bool Matches(OfferTerms terms, Participant participant) =>
        Matches(terms.Consumers, participant) && terms.Purposes.Any(purpose => IsAccredited(participant, purpose));

    /// <summary>Whether the participant matches every non-empty list. Absent consumers are anybody.</summary>
    public static bool Matches(Consumers? consumers, Participant participant) =>
        consumers is null
        || (MatchesAny(consumers.Kinds, kind => kind == participant.Kind)
            && MatchesAny(consumers.Regions, pattern => MatchesRegion(pattern, participant.Region))
            && MatchesAny(consumers.Participants, id => id == participant.Id));

    /// <summary>Whether the participant may ask for that purpose at all; no accredited purpose on record means every purpose.</summary>
    public static bool IsAccredited(Participant participant, string purpose) =>
        participant.Purposes.Count == 0 || participant.Purposes.Contains(purpose);

    /// <summary>Whether a region code fulfils a pattern in which <c>*</c> stands for any characters, also none.</summary>
    public static bool MatchesRegion(string pattern, string region) => FileSystemName.MatchesSimpleExpression(pattern, region, ignoreCase: false);

    private static bool MatchesAny<T>(RepeatedField<T> list, Func<T, bool> fulfilled) => list.Count == 0 || list.Any(fulfilled);
}
