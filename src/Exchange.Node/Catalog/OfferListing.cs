using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Node.Catalog;

/// <summary>The live offers of this owner: not past their last moment, and for a dataset that was not taken out of service.</summary>
internal sealed class OfferListing(OfferStore offers, DatasetStore datasets, TimeProvider time)
{
    /// <summary>Whether the offer can be agreed on now.</summary>
    public bool IsLive(Offer offer) =>
        IsOpen(offer)
        && !(datasets.All.TryGetValue(offer.Terms.Product, out var dataset) && dataset.Retired);

    /// <summary>Whether it is not past its last moment, whatever became of its dataset.</summary>
    public bool IsOpen(Offer offer) => Moments.TryRead(offer.Terms.ExpireTime) > time.GetUtcNow();

    /// <summary>Live offers that the participant matches.</summary>
    /// <param name="participant">Who asks.</param>
    /// <param name="productId"><c>name/major</c>; empty for every product.</param>
    public IEnumerable<Offer> For(Participant participant, string productId) => offers.All.Values.Where(offer =>
        (productId.Length == 0 || offer.Terms.Product == productId) && IsLive(offer) && OfferMatching.Matches(offer.Terms, participant));
}
