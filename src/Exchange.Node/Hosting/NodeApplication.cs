using System.Net;
using System.Net.Sockets;
using Exchange.Engines;
using Exchange.Node.Agreements;
using Exchange.Node.Audit;
using Exchange.Node.Catalog;
using Exchange.Node.Membership;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.SafeTables;
using Exchange.Node.Sessions;
using Exchange.Node.Storage;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Homes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>Puts a node together: this is the one place that knows every part of it.</summary>
internal static class NodeApplication
{
    private const int ConnectionsMax = 4096;
    private const long EngineMemoryMin = 256L << 20;

    /// <summary>Builds everything; the sockets, for peers and for the public pages, listen already, and nobody takes their connections yet.</summary>
    public static WebApplication Build(Home home, HomeSettings settings, NodeIdentity identity, NodeAddress address, IReadOnlyList<Socket> sockets, NodeHostOptions options)
    {
        // The empty builder reads no configuration files and watches none.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = home.Path, ApplicationName = "Exchange.Node" });
        builder.Logging.AddProvider(new StandardErrorLogger.Provider(options.LogLevel)).SetMinimumLevel(options.LogLevel);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
        Listen(builder, identity, sockets, options);
        AddNode(builder.Services, home, settings, identity, address, options);
        builder.Services.AddCatalog().AddSafeTables().AddAgreements().AddNoise().AddQueries().AddSessions();
        options.Doubles?.Invoke(builder.Services);

        var application = builder.Build();
        application.UsePublicPages();
        application.MapGrpcService<NodeService>();
        application.MapGrpcHealthChecksService();
        application.MapGrpcReflectionService();
        application.MapGrpcService<AuditService>();
        application.Services.GetRequiredService<WitnessPages>().Map(application);
        application.MapCatalog();
        application.MapSafeTables();
        application.MapAgreements();
        application.MapNoise();
        application.MapQueries();
        application.MapSessions();
        return application;
    }

    private static void Listen(WebApplicationBuilder builder, NodeIdentity identity, IReadOnlyList<Socket> sockets, NodeHostOptions options)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = bound => sockets.First(socket => socket.LocalEndPoint!.Equals(bound)));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen((IPEndPoint)sockets[0].LocalEndPoint!, listener =>
            {
                listener.Protocols = HttpProtocols.Http2;
                listener.UseHttps(new NodeTls(identity, options.Time).CallbackOptions);
            });
            kestrel.Listen((IPEndPoint)sockets[1].LocalEndPoint!, listener =>
            {
                listener.Protocols = HttpProtocols.Http1AndHttp2;
                listener.UseHttps(new NodeTls(identity, options.Time, isPublic: true).CallbackOptions);
            });
        });
    }

    private static void AddNode(IServiceCollection services, Home home, HomeSettings settings, NodeIdentity identity, NodeAddress address, NodeHostOptions options)
    {
        services.AddSingleton(home).AddSingleton(settings).AddSingleton(identity).AddSingleton(address);
        services.AddSingleton(options).AddSingleton(options.Limits).AddSingleton(options.Time);
        services.AddSingleton(_ => StateStore.Open(home.StateFile));
        services.AddSingleton<AccessLog>().AddSingleton<LogCheckup>().AddSingleton<LogPages>().AddSingleton<AuditService>();
        services.AddSingleton<WitnessBook>().AddSingleton<WitnessPages>().AddSingleton<WitnessCalls>();
        services.AddSingleton<LogKeyRotation>().AddHostedService(provider => provider.GetRequiredService<LogKeyRotation>());
        services.AddSingleton<Witnessing>().AddHostedService(provider => provider.GetRequiredService<Witnessing>());
        services.AddSingleton(_ => new EngineSet(home.DataFolder, EngineLimitsFor(options.NodesOnThisMachine)));
        services.AddSingleton<IdentityLink>().AddSingleton<RegisterCache>().AddSingleton<TokenSource>().AddSingleton<PeerClients>();
        services.AddSingleton<RegisterPolling>().AddHostedService(provider => provider.GetRequiredService<RegisterPolling>());
        services.AddSingleton<CertificateRenewal>().AddHostedService(provider => provider.GetRequiredService<CertificateRenewal>());

        services.AddSingleton<NodeCheckup>().AddSingleton<TokenValidator>().AddSingleton<ErrorInterceptor>().AddSingleton<AuthenticationInterceptor>();
        services.AddRouting();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.Limits.MessageBytesMax;
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<AuthenticationInterceptor>();
        });
        services.AddGrpcHealthChecks().AddCheck("node", () => HealthCheckResult.Healthy());
        services.AddGrpcReflection();
    }

    // Half of the machine is for the engines of all its nodes; below the minimum DuckDB cannot work, and nodes rarely all work at once.
    // A few nodes with one thread each would leave cores idle while the last of them finishes, so only many share that way.
    private static EngineLimits EngineLimitsFor(int nodes) => new(
        nodes <= 4 * Environment.ProcessorCount ? Environment.ProcessorCount : 1,
        Math.Max(EngineMemoryMin, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / Math.Max(1, nodes)));
}
