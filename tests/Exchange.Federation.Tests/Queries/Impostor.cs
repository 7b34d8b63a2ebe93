using System.Net;
using System.Security.Authentication;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Queries;

/// <summary>A participant's own keys and certificate in the hands of a server that answers whatever a test wants.</summary>
internal sealed class Impostor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Impostor(WebApplication app) => _app = app;

    /// <summary>Starts it in place of a stopped node and registers its address.</summary>
    public static async Task<Impostor> StartAsync(Home home, string identityEndpoint, Func<RunFragmentRequest, ServerCallContext, Task<RunFragmentResponse>> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = home.LoadCertificate(),
                SslProtocols = SslProtocols.Tls13,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        }));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(answer);
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync(TestContext.Current.CancellationToken);

        using var identity = GrpcChannel.ForAddress(identityEndpoint, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(home.LoadCertificate(), home.LoadCa(), Identifiers.IdentityTlsName, TimeProvider.System),
            DisposeHttpClient = true,
        });
        await new RegisterService.RegisterServiceClient(identity).UpdateEndpointAsync(
            new UpdateEndpointRequest { Endpoint = app.Urls.Single() }, cancellationToken: TestContext.Current.CancellationToken);
        return new Impostor(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private sealed class Service(Func<RunFragmentRequest, ServerCallContext, Task<RunFragmentResponse>> answer) : FragmentService.FragmentServiceBase
    {
        public override Task<RunFragmentResponse> RunFragment(RunFragmentRequest request, ServerCallContext context) => answer(request, context);
    }
}
