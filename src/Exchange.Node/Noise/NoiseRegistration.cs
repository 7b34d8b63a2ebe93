using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Noise;

/// <summary>What this folder adds to a node.</summary>
internal static class NoiseRegistration
{
    public static IServiceCollection AddNoise(this IServiceCollection services) => services
        .AddSingleton<NoisePool>()
        .AddSingleton<PrivacyLedger>()
        .AddSingleton<NoisyDesk>();
}
