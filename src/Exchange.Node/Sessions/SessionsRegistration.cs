using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Sessions;

/// <summary>What this folder adds to a node.</summary>
internal static class SessionsRegistration
{
    public static IServiceCollection AddSessions(this IServiceCollection services) => services
        .AddSingleton<NoisyCharges>()
        .AddSingleton<TablePartitions>()
        .AddSingleton<TableRosters>()
        .AddSingleton<PartitionDesk>()
        .AddSingleton<KeptKeys>()
        .AddSingleton<SumsAtOnce>()
        .AddSingleton<SessionOpening>()
        .AddSingleton<SessionDesk>()
        .AddSingleton<PartitionRound>()
        .AddSingleton<AgreedCohorts>()
        .AddSingleton<SumCoordinator>()
        .AddSingleton<SumAnswers>()
        .AddSingleton<AskedRosters>()
        .AddSingleton<SumQuestions>();

    public static void MapSessions(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<SessionEndpoint>();
}
