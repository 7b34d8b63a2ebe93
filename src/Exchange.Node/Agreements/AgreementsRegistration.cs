using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Agreements;

/// <summary>What this folder adds to a node.</summary>
internal static class AgreementsRegistration
{
    public static IServiceCollection AddAgreements(this IServiceCollection services) => services;

    public static void MapAgreements(this IEndpointRouteBuilder endpoints) => _ = endpoints;
}
