using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Catalog;

internal static partial class OfferRules
{
    /// <summary>Fewest participants of a secure sum: with two, each knows the other's figure.</summary>
    private const int SecureNodesLeast = 3;

    private static void CheckSecure(OfferTerms terms, List<string> notes)
    {
        if (terms.Aggregation != Aggregation.Secure)
        {
            return;
        }

        if (terms.Release == ReleaseClass.Table)
        {
            throw Reasons.NotServedYet.Because(
                $"The aggregation secure is not served with `release: {terms.Release.ToString().ToLowerInvariant()}` by this version.", "Offer `aggregation: each`, or another class.");
        }

        if (terms.Disclosure.MinNodes < SecureNodesLeast)
        {
            throw Invalid("disclosure.min_nodes", $"must be at least {SecureNodesLeast} with `aggregation: secure`");
        }

        notes.Add(terms.Release == ReleaseClass.Noisy
            ? "secure: the noise is shared among the members of a sum, and there is enough of it if a third of them, rounded down, adds none."
            : "secure: the other participants of a sum learn in which of its rows you have something, and no figure.");
    }
}
