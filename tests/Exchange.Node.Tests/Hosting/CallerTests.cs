using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Owner = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Hosting;

/// <summary>Who gets in by certificate and standing.</summary>
public sealed class CallerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owner_services_are_for_the_nodes_own_certificate_and_need_no_token()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill", "loom");

        var register = await new Owner.NodeService.NodeServiceClient(exchange["mill"].Owner).GetRegisterAsync(new Owner.GetRegisterRequest(), cancellationToken: Cancellation);
        Assert.NotEmpty(register.Register.Payload);

        var asLoom = new Owner.NodeService.NodeServiceClient(await PeersOf(exchange["loom"]).ForAsync("mill", Cancellation));
        Assert.Equal("OWNER_ONLY", await ReasonOf(() => asLoom.GetRegisterAsync(new Owner.GetRegisterRequest(), cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task Another_spelling_of_an_owner_service_opens_nothing()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill", "loom");
        var asLoom = await PeersOf(exchange["loom"]).ForAsync("mill", Cancellation);

        // The web server matches paths without regard to case.
        foreach (var service in new[] { "EXCHANGE.OWNER.V1.NODESERVICE", "exchange.Owner.v1.NodeService", "exchange%2Eowner.v1.NodeService" })
        {
            var method = new Method<Owner.GetRegisterRequest, Owner.GetRegisterResponse>(MethodType.Unary, service, "GetRegister",
                Marshallers.Create(MessageExtensions.ToByteArray, Owner.GetRegisterRequest.Parser.ParseFrom),
                Marshallers.Create(MessageExtensions.ToByteArray, Owner.GetRegisterResponse.Parser.ParseFrom));
            Assert.Equal("OWNER_ONLY", await ReasonOf(() => asLoom.AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Cancellation), new Owner.GetRegisterRequest()).ResponseAsync));
        }
    }

    [Fact]
    public async Task A_peer_is_let_in_over_its_own_clients_and_a_node_may_call_itself()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill", "loom");
        var peers = PeersOf(exchange["loom"]);

        await new CatalogService.CatalogServiceClient(await peers.ForAsync("mill", Cancellation)).ListOffersAsync(new ListOffersRequest(), cancellationToken: Cancellation);
        await new CatalogService.CatalogServiceClient(await peers.ForAsync("loom", Cancellation)).ListOffersAsync(new ListOffersRequest(), cancellationToken: Cancellation);
        Assert.Same(await peers.ForAsync("mill", Cancellation), await peers.ForAsync("mill", Cancellation));
    }

    [Fact]
    public async Task Health_and_reflection_need_a_certificate_and_no_token()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill", "loom");
        using var channel = exchange["mill"].Connect(exchange["loom"]);

        var health = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Cancellation);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);

        using var reflection = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Cancellation);
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Cancellation);
        Assert.True(await reflection.ResponseStream.MoveNext(Cancellation));
        Assert.Contains(reflection.ResponseStream.Current.ListServicesResponse.Service, service => service.Name == "exchange.catalog.v1.CatalogService");
    }

    [Fact]
    public async Task Without_a_certificate_of_the_exchange_there_is_no_connection()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        var home = exchange["mill"].Home;
        using var stranger = SelfSigned(Identifiers.TlsNameOf("mill"));

        foreach (var shown in new[] { null, stranger })
        {
            using var channel = GrpcChannel.ForAddress(exchange["mill"].Host.Endpoint, new GrpcChannelOptions
            {
                HttpHandler = MutualTls.HandlerFor(shown, home.LoadCa(), Identifiers.TlsNameOf("mill"), TimeProvider.System),
                DisposeHttpClient = true,
            });
            Assert.Equal("UNREACHABLE", await ReasonOf(() => new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Cancellation).ResponseAsync));
        }
    }

    [Fact]
    public async Task A_certificate_of_the_exchange_that_names_no_participant_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        using var channel = GrpcChannel.ForAddress(exchange["mill"].Host.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(exchange.IdentityHome.LoadCertificate(), exchange.IdentityHome.LoadCa(), Identifiers.TlsNameOf("mill"), TimeProvider.System),
            DisposeHttpClient = true,
        });

        Assert.Equal("CERTIFICATE_REFUSED", await ListAsync(channel));
    }

    [Fact]
    public async Task A_participant_that_joined_after_the_last_poll_is_known_at_its_first_call()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        await exchange.AddAsync("late");

        var invoker = await PeersOf(exchange["late"]).ForAsync("mill", Cancellation);
        await new CatalogService.CatalogServiceClient(invoker).ListOffersAsync(new ListOffersRequest(), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_suspension_acts_at_the_next_poll_and_a_reinstatement_too()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var exchange = await TestExchange.StartAsync(clock, "mill", "loom");
        using var forge = new TokenForge(exchange, clock);
        using var channel = exchange["mill"].Connect(exchange["loom"]);
        Assert.Equal("", await ListAsync(channel, forge.Mint("loom")));

        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "loom" }, cancellationToken: Cancellation);
        await NextPollAsync(exchange["mill"], clock);
        Assert.Equal("PARTICIPANT_SUSPENDED", await ListAsync(channel, forge.Mint("loom")));
        Assert.Equal("PARTICIPANT_SUSPENDED", (await Assert.ThrowsAsync<ExchangeException>(() => PeersOf(exchange["mill"]).ForAsync("loom", Cancellation))).Reason.Name);

        // Its own node gets no new token either.
        clock.Advance(TimeSpan.FromMinutes(6));
        await Assert.ThrowsAsync<ExchangeException>(() => PeersOf(exchange["loom"]).ForAsync("mill", Cancellation));

        await exchange.Operator.ReinstateParticipantAsync(new ReinstateParticipantRequest { ParticipantId = "loom" }, cancellationToken: Cancellation);
        await NextPollAsync(exchange["mill"], clock);
        Assert.Equal("", await ListAsync(channel, forge.Mint("loom")));
    }

    [Fact]
    public async Task A_peer_that_is_not_in_the_register_or_never_started_is_named()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        await exchange.InviteAsync("guest");

        Assert.Equal("PARTICIPANT_UNKNOWN", (await Assert.ThrowsAsync<ExchangeException>(() => PeersOf(exchange["mill"]).ForAsync("nobody", Cancellation))).Reason.Name);
        await exchange.RefreshAsync();
        Assert.Equal("UNREACHABLE", (await Assert.ThrowsAsync<ExchangeException>(() => PeersOf(exchange["mill"]).ForAsync("guest", Cancellation))).Reason.Name);
    }

    /// <summary>Moves the clock to the node's next look at the register and waits until it took a newer one.</summary>
    private static async Task NextPollAsync(TestNode node, FakeTimeProvider clock)
    {
        var register = node.Host.Services.GetRequiredService<RegisterCache>();
        var changed = new TaskCompletionSource();
        register.Changed += _ => changed.TrySetResult();
        clock.Advance(RegisterPolling.Interval);
        await changed.Task.WaitAsync(Cancellation);
    }

    private static PeerClients PeersOf(TestNode node) => node.Host.Services.GetRequiredService<PeerClients>();

    private static Task<string> ListAsync(ChannelBase channel, string? token = null) => ReasonOf(() => new CatalogService.CatalogServiceClient(channel).ListOffersAsync(
        new ListOffersRequest(), token is null ? null : new Metadata { { "authorization", "Bearer " + token } }, cancellationToken: Cancellation).ResponseAsync);

    private static async Task<string> ReasonOf(Func<Task> call)
    {
        try
        {
            await call();
            return "";
        }
        catch (RpcException error)
        {
            return RpcErrors.FromRpcException(error, "node").Reason.Name;
        }
    }

    private static X509Certificate2 SelfSigned(string dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        var request = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
