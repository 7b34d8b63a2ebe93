using Exchange.Node.Queries;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>Whether a cohort is one that an owner's data may be in a sum of.</summary>
internal static class OwnPlace
{
    /// <exception cref="ExchangeException"><see cref="Reasons.CohortInvalid"/>; <see cref="Reasons.CohortTooSmall"/>.</exception>
    public static void Check(string owner, AdmittedFragment admitted)
    {
        var cohort = admitted.Query.Cohort;
        if (!cohort.Participants.Contains(owner))
        {
            throw Reasons.CohortInvalid.Because("The cohort does not count this owner as one of its members.", "Ask through a node of this exchange.");
        }

        if (cohort.MinNodes < admitted.Terms.Disclosure.MinNodes)
        {
            throw Reasons.CohortTooSmall.Because(
                $"The owner's data are only in sums over at least {admitted.Terms.Disclosure.MinNodes} participants, and this one could be over {cohort.MinNodes}.", "Ask more participants at once.");
        }
    }
}
