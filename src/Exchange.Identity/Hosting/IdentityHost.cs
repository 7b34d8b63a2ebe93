using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Exchange.Identity.Authority;
using Exchange.Identity.Enrolment;
using Exchange.Identity.Members;
using Exchange.Identity.Register;
using Exchange.Identity.Storage;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Signing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Identity.Hosting;

/// <summary>
/// Puts the server together: one HTTPS listener with the gRPC services, the token endpoint and the authority document.
/// Nothing is read from the environment or from files beside the program.
/// </summary>
internal static class IdentityHost
{
    /// <summary>Largest message that is read, in bytes.</summary>
    public const int RequestBytesMax = 1 << 20;

    /// <summary>Largest message that is sent, in bytes: a register and its frame.</summary>
    public const int ResponseBytesMax = SignedMessage.RegisterBytesMax + (64 << 10);

    private const int ConnectionsMax = 4096;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    /// <summary>Builds the application; the socket listens already.</summary>
    public static WebApplication Build(Home home, Socket socket, ServerIdentity server, TimeProvider time, Action<ILoggingBuilder>? logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging?.Invoke(builder.Logging);
        var certificate = home.LoadCertificate();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Listen(options, (IPEndPoint)socket.LocalEndPoint!, certificate));
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = _ => socket);

        AddParts(builder.Services, home, certificate, server, time);
        builder.Services.AddRouting();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = RequestBytesMax;
            options.MaxSendMessageSize = ResponseBytesMax;
            options.Interceptors.Add<ErrorInterceptor>();
        });
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit);
        RemoveDataProtection(builder.Services);

        var app = builder.Build();
        app.UseRouting();
        app.UseAuthentication();
        app.MapGrpcService<EnrolmentService>();
        app.MapGrpcService<RegisterService>();
        app.MapGrpcService<MemberService>();
        app.MapGet(AuthorityDocument.Path, (AuthorityDocument document) => Results.Json(document));
        return app;
    }

    private static void Listen(KestrelServerOptions options, IPEndPoint address, X509Certificate2 certificate)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestBodySize = RequestBytesMax + 1024;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate,
                SslProtocols = SslProtocols.Tls13,
                HandshakeTimeout = TimeSpan.FromSeconds(10),

                // A joining node has none yet. Every service checks the certificate it was shown, so that a wrong one is refused in words.
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        });
    }

    private static void AddParts(IServiceCollection services, Home home, X509Certificate2 certificate, ServerIdentity server, TimeProvider time)
    {
        var ca = home.LoadCa();
        services.AddSingleton(time);
        services.AddSingleton(server);
        services.AddSingleton(_ => IdentityDatabase.Open(home.StateFile));
        services.AddSingleton(_ => CertificateAuthority.Load(home, time));
        services.AddSingleton(_ => SigningKey.FromSeed(File.ReadAllBytes(AuthorityFiles.OperatorKey(home))));
        services.AddSingleton(new AuthorityDocument(ca.RawData, File.ReadAllBytes(home.OperatorKeyFile)));
        services.AddSingleton(provider => new CallerCertificates(provider.GetRequiredService<IdentityDatabase>(), certificate, ca, time));
        services.AddSingleton<TokenKeyRing>();
        services.AddSingleton<SignedRegister>();
        services.AddSingleton<ProductDesk>();
        TokenServer.Add(services, server, ca, AuthorityFiles.ClientDatabase(home));
    }

    /// <summary>The authentication stack brings a service that writes keys for cookies into the user's folder at start; there are no cookies.</summary>
    private static void RemoveDataProtection(IServiceCollection services)
    {
        foreach (var service in services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Namespace?.StartsWith("Microsoft.AspNetCore.DataProtection", StringComparison.Ordinal) == true).ToList())
        {
            services.Remove(service);
        }
    }
}
