using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Queries;

/// <summary>What this folder adds to a node.</summary>
internal static class QueriesRegistration
{
    public static IServiceCollection AddQueries(this IServiceCollection services) => services;

    public static void MapQueries(this IEndpointRouteBuilder endpoints) => _ = endpoints;
}
