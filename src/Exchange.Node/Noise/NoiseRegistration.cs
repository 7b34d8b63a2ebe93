using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Noise;

/// <summary>What this folder adds to a node.</summary>
internal static class NoiseRegistration
{
    public static IServiceCollection AddNoise(this IServiceCollection services) => services
        .AddSingleton<NoisePool>()
        .AddSingleton<PrivacyLedger>()
        .AddSingleton<BudgetAccounts>()
        .AddSingleton<PeerBudgets>()
        .AddSingleton<ExactOffers>()
        .AddSingleton<NoisyDesk>();

    public static void MapNoise(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<BudgetEndpoint>();
        endpoints.MapGrpcService<OwnerBudgetEndpoint>();
    }
}
