using Exchange.Node.Hosting;
using Exchange.Protocol.Catalog.V1;
using Grpc.Core;

namespace Exchange.Node.Catalog;

/// <summary>What a peer may see of this owner's catalogue: the live offers it matches, and nothing else.</summary>
internal sealed class CatalogService(OfferListing listing) : Protocol.Catalog.V1.CatalogService.CatalogServiceBase
{
    /// <inheritdoc/>
    public override Task<ListOffersResponse> ListOffers(ListOffersRequest request, ServerCallContext context)
    {
        var caller = CallerIdentity.Of(context).Participant;
        var (page, next) = Paging.Page(listing.For(caller, request.Product), offer => offer.Terms.Name, request.PageSize, request.PageToken);
        return Task.FromResult(new ListOffersResponse { Offers = { page }, NextPageToken = next });
    }
}
