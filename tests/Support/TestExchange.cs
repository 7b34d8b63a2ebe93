using Exchange.Identity;
using Exchange.Node.Hosting;
using Exchange.Node.Membership;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Grpc.Net.Client;

namespace Exchange.Tests.Support;

/// <summary>A whole exchange on loopback for tests: a real identity server and joined nodes, in temporary homes, over real TLS.</summary>
internal sealed class TestExchange : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<string, TestNode> _nodes = [];
    private IdentityServer? _identity;
    private GrpcChannel? _operator;

    private TestExchange(TimeProvider time)
    {
        _time = time;
        IdentityHome = Exchange.Identity.IdentityHome.Init(_folder["identity"], new IdentityOptions("https://127.0.0.1:0", "127.0.0.1:0"), time);
    }

    /// <summary>The clock of all nodes.</summary>
    public TimeProvider Time => _time;

    /// <summary>Home of the identity server.</summary>
    public Home IdentityHome { get; }

    /// <summary>The identity server; it must be running.</summary>
    public IdentityServer Identity => _identity ?? throw new InvalidOperationException("The identity server is stopped.");

    /// <summary>The operator's desk.</summary>
    public MemberService.MemberServiceClient Operator => new(_operator);

    /// <summary>The node of that participant.</summary>
    public TestNode this[string id] => _nodes[id];

    /// <summary>Starts an identity server and one node per id, each an enterprise in CN-ZJ. Give a fake clock to move time for all of them.</summary>
    public static async Task<TestExchange> StartAsync(TimeProvider? time, params string[] ids)
    {
        var exchange = new TestExchange(time ?? TimeProvider.System);
        try
        {
            await exchange.StartIdentityAsync();
            foreach (var id in ids)
            {
                await exchange.AddAsync(id);
            }

            // Each node knows those that joined after it.
            await exchange.RefreshAsync();
            return exchange;
        }
        catch
        {
            await exchange.DisposeAsync();
            throw;
        }
    }

    /// <summary>Invites a participant, lets it join, and starts its node.</summary>
    public async Task<TestNode> AddAsync(
        string id, ParticipantKind kind = ParticipantKind.Enterprise, string region = "CN-ZJ", NodeHostOptions? options = null, params string[] purposes)
    {
        return await JoinAsync(id, await InviteAsync(id, kind, region, purposes), options);
    }

    /// <summary>As <see cref="AddAsync"/>, a government body with the role of an auditor, which the operator alone gives.</summary>
    public async Task<TestNode> AddAuditorAsync(string id)
    {
        var invited = await Operator.AddParticipantAsync(new AddParticipantRequest
        {
            Participant = new Participant { Id = id, DisplayName = id, Kind = ParticipantKind.Government, Region = "CN-ZJ", Roles = { ParticipantRole.Consumer, ParticipantRole.Auditor } },
        }, cancellationToken: Cancellation);
        return await JoinAsync(id, invited.Code, null);
    }

    private async Task<TestNode> JoinAsync(string id, string code, NodeHostOptions? options)
    {
        var home = await Joining.JoinAsync(new JoinRequest(_folder[id], Identity.Endpoint, code, "https://127.0.0.1:0", ""), _time, Cancellation);
        var node = new TestNode(id, home, (options ?? new NodeHostOptions { NodesOnThisMachine = 2 }) with { Time = _time });
        lock (_nodes)
        {
            _nodes.Add(id, node);
        }

        await node.StartAsync(Cancellation);
        return node;
    }

    /// <summary>Adds a participant and returns its enrolment code.</summary>
    public async Task<string> InviteAsync(string id, ParticipantKind kind = ParticipantKind.Enterprise, string region = "CN-ZJ", params string[] purposes) =>
        (await Operator.AddParticipantAsync(new AddParticipantRequest
        {
            Participant = new Participant { Id = id, DisplayName = id, Kind = kind, Region = region, Purposes = { purposes } },
        }, cancellationToken: Cancellation)).Code;

    /// <summary>A path inside the exchange's temporary folder.</summary>
    public string PathOf(string name) => _folder[name];

    /// <summary>Lets every running node fetch the register now.</summary>
    public Task RefreshAsync() => Task.WhenAll(_nodes.Values.Select(node => node.Host.RefreshRegisterAsync(Cancellation)));

    /// <summary>Begins an outage.</summary>
    public async Task StopIdentityAsync()
    {
        _operator?.Dispose();
        _operator = null;
        if (_identity is not null)
        {
            await _identity.DisposeAsync();
            _identity = null;
        }
    }

    /// <summary>Starts the identity server, on the port it had before if any.</summary>
    public async Task StartIdentityAsync()
    {
        _identity = await IdentityServer.StartAsync(IdentityHome, _time, Cancellation);
        var settings = HomeSettings.Load(IdentityHome);
        settings.Endpoint = _identity.Endpoint;
        settings.Listen = new Uri(_identity.Endpoint).Authority;
        settings.Save(IdentityHome);
        _operator = GrpcChannel.ForAddress(_identity.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(IdentityHome.LoadCertificate(), IdentityHome.LoadCa(), Identifiers.IdentityTlsName, _time),
            DisposeHttpClient = true,
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(node => node.DisposeAsync().AsTask()));
        await StopIdentityAsync();
        _folder.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
