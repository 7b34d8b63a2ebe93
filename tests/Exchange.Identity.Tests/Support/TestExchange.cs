using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Identity.Tests.Support;

/// <summary>A real identity server on a loopback port with a fake clock, in a home of its own that is deleted afterwards.</summary>
internal sealed class TestExchange : IAsyncDisposable
{
    private readonly List<IDisposable> _things = [];

    private TestExchange(Home home, FakeTimeProvider clock)
    {
        Home = home;
        Clock = clock;
        Ca = home.LoadCa();
        Own = home.LoadCertificate();
    }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Home Home { get; }

    public FakeTimeProvider Clock { get; }

    public X509Certificate2 Ca { get; }

    /// <summary>The identity server's own certificate: the operator's.</summary>
    public X509Certificate2 Own { get; }

    public IdentityServer Server { get; private set; } = null!;

    public MemberService.MemberServiceClient Operator => new(Channel(Own));

    public static async Task<TestExchange> StartAsync()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var path = Path.Combine(Path.GetTempPath(), Identifiers.NewId());
        var exchange = new TestExchange(IdentityHome.Init(path, new IdentityOptions("https://127.0.0.1:0", "127.0.0.1:0"), clock), clock);
        await exchange.RestartAsync();
        return exchange;
    }

    /// <summary>Ends the server, if it runs, and starts it again on the same home; its port changes.</summary>
    public async Task RestartAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        Server = await IdentityServer.StartAsync(Home, Clock, Cancellation);
    }

    /// <summary>A connection that shows that certificate, or none.</summary>
    public GrpcChannel Channel(X509Certificate2? certificate)
    {
        var channel = GrpcChannel.ForAddress(Server.Endpoint, new GrpcChannelOptions { HttpHandler = Handler(certificate), DisposeHttpClient = true, MaxReceiveMessageSize = 17 << 20 });
        _things.Add(channel);
        return channel;
    }

    public HttpClient Http(X509Certificate2? certificate)
    {
        var client = new HttpClient(Handler(certificate)) { BaseAddress = new Uri(Server.Endpoint) };
        _things.Add(client);
        return client;
    }

    public async Task<EnrolmentCode> InviteAsync(string id, params ParticipantRole[] roles)
    {
        var added = await Operator.AddParticipantAsync(
            new AddParticipantRequest { Participant = Participant(id, roles) }, cancellationToken: Cancellation);
        return EnrolmentCode.Parse(added.Code);
    }

    public static Participant Participant(string id, params ParticipantRole[] roles) => new()
    {
        Id = id,
        Kind = ParticipantKind.Institute,
        Region = "CN-ZJ",
        Roles = { roles },
        Purposes = { "research" },
    };

    /// <summary>A participant that went the whole way in.</summary>
    public async Task<TestMember> JoinAsync(string id, params ParticipantRole[] roles)
    {
        var member = new TestMember(id);
        _things.Add(member);
        var response = await Enrolment(null).EnrolAsync(member.Request(await InviteAsync(id, roles)), cancellationToken: Cancellation);
        member.Take(response.Certificate);
        return member;
    }

    public EnrolmentService.EnrolmentServiceClient Enrolment(X509Certificate2? certificate) => new(Channel(certificate));

    public RegisterService.RegisterServiceClient Register(X509Certificate2? certificate) => new(Channel(certificate));

    /// <summary>The register as that member sees it, with its signature checked.</summary>
    public async Task<RegisterSnapshot> ReadRegisterAsync(TestMember member)
    {
        var response = await Register(member.Certificate).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation);
        return Verified(response.Register);
    }

    public RegisterSnapshot Verified(SignedBytes register)
    {
        Assert.True(SignedMessage.Verify(SignedMessage.Register, register, File.ReadAllBytes(Home.OperatorKeyFile)));
        return RegisterSnapshot.Parser.ParseFrom(register.Payload);
    }

    /// <summary>Asks for a token as that client; the status and the JSON of the answer.</summary>
    public async Task<(int Status, JsonElement Body)> AskTokenAsync(string clientId, X509Certificate2? certificate, params (string Name, string Value)[] more)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId };
        foreach (var (name, value) in more)
        {
            form[name] = value;
        }

        using var response = await Http(certificate).PostAsync("/connect/token", new FormUrlEncodedContent(form), Cancellation);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement);
    }

    /// <summary>The access token of a member that gets one.</summary>
    public async Task<string> TokenAsync(TestMember member)
    {
        var (status, body) = await AskTokenAsync(member.Id, member.Certificate);
        Assert.True(status == 200, body.ToString());
        return body.GetProperty("access_token").GetString()!;
    }

    /// <summary>The reason with which a call was refused.</summary>
    public static async Task<string> ReasonOf<T>(AsyncUnaryCall<T> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        return Exchange.Protocol.Errors.RpcErrors.FromRpcException(error, "identity server").Reason.Name;
    }

    public async ValueTask DisposeAsync()
    {
        _things.ForEach(thing => thing.Dispose());
        await Server.DisposeAsync();
        Own.Dispose();
        Ca.Dispose();
        Directory.Delete(Home.Path, recursive: true);
    }

    private SocketsHttpHandler Handler(X509Certificate2? certificate) => MutualTls.HandlerFor(certificate, Ca, Identifiers.IdentityTlsName, Clock);
}
