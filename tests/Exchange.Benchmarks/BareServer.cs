using System.Net;
using System.Security.Authentication;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Tls;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Benchmarks;

/// <summary>
/// A gRPC server that does nothing but compare a token and send bytes, over the same mutual TLS as a node: what a fan-out
/// costs when nothing is decided, run, signed or logged, or no more than it is given to do.
/// </summary>
internal sealed class BareServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly FragmentService.FragmentServiceClient _client;
    private readonly Metadata _headers;

    private BareServer(WebApplication app, GrpcChannel channel, string token)
    {
        _app = app;
        _channel = channel;
        _client = new FragmentService.FragmentServiceClient(channel);
        _headers = new Metadata { { "authorization", token } };
    }

    /// <summary>Starts one with the certificate of a node's home; <paramref name="asker"/>'s home is the caller's.</summary>
    /// <param name="owner">Home of the node it stands beside.</param>
    /// <param name="asker">Home of the caller.</param>
    /// <param name="replyBytes">Size of its reply.</param>
    /// <param name="token">What it compares.</param>
    /// <param name="work">What it does before each reply.</param>
    public static async Task<BareServer> StartAsync(Home owner, Home asker, int replyBytes, string token, Action? work = null)
    {
        var ca = owner.LoadCa();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = owner.LoadCertificate(),
                SslProtocols = SslProtocols.Tls13,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (certificate, _, _) => MutualTls.IsIssuedBy(certificate, ca, TimeProvider.System.GetUtcNow()),
            });
        }));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Reply(token, work, new RunFragmentResponse { Answer = ByteString.CopyFrom(new byte[replyBytes]) }));
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync().ConfigureAwait(false);

        var settings = HomeSettings.Load(owner);
        var channel = GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(asker.LoadCertificate(), ca, Identifiers.TlsNameOf(settings.Participant), TimeProvider.System),
            MaxReceiveMessageSize = 16 << 20,
        });
        return new BareServer(app, channel, token);
    }

    public async Task<int> AskAsync(RunFragmentRequest request) => (await _client.RunFragmentAsync(request, _headers).ConfigureAwait(false)).Answer.Length;

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private sealed record Reply(string Token, Action? Work, RunFragmentResponse Response);

    private sealed class Service(Reply reply) : FragmentService.FragmentServiceBase
    {
        public override Task<RunFragmentResponse> RunFragment(RunFragmentRequest request, ServerCallContext context)
        {
            if (context.RequestHeaders.GetValue("authorization") != reply.Token)
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "token"));
            }

            reply.Work?.Invoke();
            return Task.FromResult(reply.Response);
        }
    }
}
