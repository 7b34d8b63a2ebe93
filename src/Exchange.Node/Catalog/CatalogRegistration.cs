using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Catalog;

/// <summary>What this folder adds to a node.</summary>
internal static class CatalogRegistration
{
    public static IServiceCollection AddCatalog(this IServiceCollection services) => services;

    public static void MapCatalog(this IEndpointRouteBuilder endpoints) => _ = endpoints;
}
