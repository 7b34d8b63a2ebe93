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

        if (terms.Disclosure.MinNodes < SecureNodesLeast)
        {
            throw Invalid("disclosure.min_nodes", $"must be at least {SecureNodesLeast} with `aggregation: secure`");
        }

        notes.Add(terms.Release switch
        {
            ReleaseClass.Noisy => "secure: the noise is shared among the members of a sum, and there is enough of it if a third of them, rounded down, adds none.",
            ReleaseClass.Table => "secure: the asker and the other participants of a sum learn which blocks your table has and which of them changed since, and no figure. Sums are over parts of the "
                + $"tables that at least {terms.Disclosure.MinNodes} participants have rows in. How much of such a sum is yours is not checked.",
            _ => "secure: the other participants of a sum learn in which of its rows you have something, and no figure.",
        });
    }
}
