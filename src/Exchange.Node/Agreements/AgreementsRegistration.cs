using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Agreements;

/// <summary>What this folder adds to a node.</summary>
internal static class AgreementsRegistration
{
    public static IServiceCollection AddAgreements(this IServiceCollection services) => services
        .AddSingleton<AgreementStore>()
        .AddSingleton<AgreementIndex>()
        .AddSingleton<AgreementGate>()
        .AddSingleton<AgreementSignatures>()
        .AddSingleton<AgreementIntake>()
        .AddSingleton<IAgreementPeers, AgreementPeers>()
        .AddSingleton<AgreementOutbox>()
        .AddSingleton<AgreementDelivery>()
        .AddSingleton<AgreementFollowing>()
        .AddSingleton<AgreementRequests>()
        .AddSingleton<AgreementDecisions>()
        .AddSingleton<AgreementAnswers>()
        .AddSingleton<AgreementService>()
        .AddSingleton<AgreementDeskService>()
        .AddHostedService<AgreementUpkeep>();

    public static void MapAgreements(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AgreementService>();
        endpoints.MapGrpcService<AgreementDeskService>();
    }
}
