using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.SafeTables;

/// <summary>What this folder adds to a node.</summary>
internal static class SafeTablesRegistration
{
    public static IServiceCollection AddSafeTables(this IServiceCollection services) => services
        .AddSingleton<SafeTableStore>()
        .AddSingleton<SafeTableDesk>()
        .AddSingleton<SameRows>()
        .AddSingleton<TableService>();

    public static void MapSafeTables(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<TableService>();
}
