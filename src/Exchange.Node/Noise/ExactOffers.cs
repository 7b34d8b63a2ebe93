using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Noise;

/// <summary>Keeps <c>noisy</c> offers and those of exact classes over one dataset apart: an exact answer tells what the noise of the others hides.</summary>
internal sealed class ExactOffers(OfferStore offers, OfferListing listing)
{
    /// <summary>Looks at the other live offers over the dataset of these terms.</summary>
    /// <param name="terms">Checked terms, not set yet.</param>
    /// <param name="insisted">The owner wants both all the same.</param>
    /// <returns>What follows, in words for the owner.</returns>
    /// <exception cref="ExchangeException"><see cref="Reasons.NoisyBesideExact"/>.</exception>
    public IReadOnlyList<string> Check(OfferTerms terms, bool insisted)
    {
        var others = offers.All.Values.Where(offer => offer.Terms.Product == terms.Product && offer.Terms.Name != terms.Name && IsNoisy(offer.Terms) != IsNoisy(terms)).ToList();
        if (others.Exists(listing.IsLive) && !insisted)
        {
            throw Reasons.NoisyBesideExact.Because(
                "Offers of `noisy` and of an exact class over the same rows end what the noise promises: an exact answer tells what it hides.",
                "End the other offer first, or insist with --beside-exact, which is logged.");
        }

        return others.Count == 0 ? [] : IsNoisy(terms)
            ? ["noisy: there is or was an exact offer over these rows; the promise does not hold for what its answers told."]
            : ["there is or was a `noisy` offer over these rows: exact answers end its promise."];
    }

    private static bool IsNoisy(OfferTerms terms) => terms.Release == ReleaseClass.Noisy;
}
