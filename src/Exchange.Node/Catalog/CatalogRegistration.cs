using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Catalog;

/// <summary>What this folder adds to a node.</summary>
internal static class CatalogRegistration
{
    public static IServiceCollection AddCatalog(this IServiceCollection services) => services
        .AddSingleton<DatasetStore>()
        .AddSingleton<DatasetPublishing>()
        .AddSingleton<OfferStore>()
        .AddSingleton<OfferListing>()
        .AddSingleton<ProductLookup>()
        .AddSingleton<PeerCatalog>()
        .AddSingleton<CatalogSearch>()
        .AddSingleton<DatasetService>()
        .AddSingleton<OfferService>()
        .AddSingleton<CatalogService>()
        .AddHostedService<DatasetSweep>();

    public static void MapCatalog(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<DatasetService>();
        endpoints.MapGrpcService<OfferService>();
        endpoints.MapGrpcService<CatalogService>();
    }
}
