using Exchange.Node.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Queries;

/// <summary>What this folder adds to a node.</summary>
internal static class QueriesRegistration
{
    public static IServiceCollection AddQueries(this IServiceCollection services) => services
        .AddSingleton<AnsweredQueries>()
        .AddSingleton<AskedQueries>()
        .AddSingleton<AskerLog>()
        .AddSingleton(provider => new CallerSlots(provider.GetRequiredService<NodeLimits>().ConcurrentQueriesPerCallerMax))
        .AddSingleton<FragmentsUnderWay>()
        .AddSingleton<FragmentAdmission>()
        .AddSingleton<DecisionLog>()
        .AddSingleton<FragmentDesk>()
        .AddSingleton<OfferReplay>()
        .AddSingleton<TableWarnings>()
        .AddSingleton<QueryPlanner>()
        .AddSingleton<JointQueryCoordinator>()
        .AddSingleton<QueryDesk>();

    public static void MapQueries(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<FragmentEndpoint>();
        endpoints.MapGrpcService<QueryEndpoint>();
    }
}
