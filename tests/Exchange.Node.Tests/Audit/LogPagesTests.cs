using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Membership;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Tests.Audit;

/// <summary>The pages of a running node's log, read over HTTPS as anybody, as its owner, as another participant and as an auditor.</summary>
public sealed class LogPagesTests : IAsyncLifetime
{
    private const int Leaves = 300;
    private TestExchange _exchange = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestNode Mill => _exchange["mill"];

    private AccessLog MillsLog => Mill.Host.Services.GetRequiredService<AccessLog>();

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(null, "mill", "loom");
        await AppendAsync(Leaves);
    }

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task Anybody_reads_the_checkpoint_and_it_is_under_the_key_of_the_register()
    {
        using var client = Client(null);
        using var reply = await client.GetAsync("/log/checkpoint", Cancellation);

        Assert.Equal("text/plain; charset=utf-8", reply.Content.Headers.ContentType!.ToString());
        Assert.True(reply.Headers.CacheControl!.NoCache);
        Assert.Equal(NoteFault.None, Checkpoint.Open(await reply.Content.ReadAsByteArrayAsync(Cancellation), [KeyInRegister()], out var checkpoint));
        Assert.Equal("mill.participant.exchange/log", checkpoint!.Origin);
        Assert.Equal(Leaves, checkpoint.Head.Size);
    }

    [Fact]
    public async Task Tiles_alone_give_the_root_of_the_checkpoint()
    {
        using var client = Client(null);
        var tiles = new Dictionary<Tile, byte[]>();
        foreach (var tile in Tile.OfTree(Leaves))
        {
            using var reply = await client.GetAsync("/log/" + tile.Path, Cancellation);
            Assert.Equal("application/octet-stream", reply.Content.Headers.ContentType!.ToString());
            Assert.Equal("public, max-age=31536000, immutable", string.Join(", ", reply.Headers.GetValues("Cache-Control")));
            tiles[tile] = await reply.Content.ReadAsByteArrayAsync(Cancellation);
        }

        Assert.Equal(MillsLog.Head!.Head.Root, MerkleTree.Root(new TiledHashes(new Downloaded(tiles), Leaves), Leaves));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/log")]
    [InlineData("/log/")]
    [InlineData("/log/tile/0/001")]
    [InlineData("/log/tile/0/001.p/45")]
    [InlineData("/log/tile/0/002.p/1")]
    [InlineData("/log/tile/1/000.p/2")]
    [InlineData("/log/tile/0/0")]
    [InlineData("/log/tile/0/../checkpoint2")]
    [InlineData("/exchange.owner.v1.NodeService/CheckNode")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task There_is_nothing_else(string path)
    {
        using var client = Client(Mill.Home.LoadCertificate());
        using var reply = await client.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
    }

    [Fact]
    public async Task The_pages_are_only_read()
    {
        using var client = Client(Mill.Home.LoadCertificate());
        using var content = new ByteArrayContent([]);
        using var reply = await client.PostAsync("/log/checkpoint", content, Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, reply.StatusCode);
    }

    [Fact]
    public async Task Entries_are_for_the_owner_and_for_auditors()
    {
        var auditor = await JoinAsync("court", ParticipantRole.Auditor);
        await _exchange.RefreshAsync();

        Assert.Equal(HttpStatusCode.Forbidden, (await EntriesAsync(null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await EntriesAsync(_exchange["loom"].Home.LoadCertificate())).Status);
        foreach (var reader in new[] { Mill.Home.LoadCertificate(), auditor })
        {
            var (status, bundle) = await EntriesAsync(reader);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(EntryBundle.TryDecode(bundle, out var leaves));
            Assert.Equal(44, leaves.Count);
            for (var i = 0; i < leaves.Count; i++)
            {
                Assert.Equal(MillsLog.Head!.Tree.Read(0, 256 + i), TreeHash.OfLeaf(leaves[i].Span));
            }
        }
    }

    [Fact]
    public async Task A_suspended_auditor_reads_nothing_more()
    {
        var auditor = await JoinAsync("court", ParticipantRole.Auditor);
        await _exchange.RefreshAsync();
        Assert.Equal(HttpStatusCode.OK, (await EntriesAsync(auditor)).Status);

        await _exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "court" }, cancellationToken: Cancellation);
        await _exchange.RefreshAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await EntriesAsync(auditor)).Status);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_let_in()
    {
        await using var other = await TestExchange.StartAsync(null, "mill");
        await Assert.ThrowsAsync<HttpRequestException>(() => EntriesAsync(other["mill"].Home.LoadCertificate()));
    }

    [Fact]
    public async Task Everybody_learns_from_the_register_where_the_pages_are()
    {
        await _exchange.RefreshAsync();
        Assert.Equal(Mill.Host.PublicEndpoint, _exchange["loom"].Host.Services.GetRequiredService<RegisterCache>().Current.Find("mill")!.PublicEndpoint);
        Assert.Equal(Mill.Host.PublicEndpoint, Exchange.Protocol.Homes.RunningProcess.Load(Mill.Home)!.PublicEndpoint);
    }

    [Fact]
    public async Task Checkpoints_inclusion_and_consistency_of_a_running_node_hold_in_Go()
    {
        var old = MillsLog.Head!;
        await AppendAsync(700);
        var (head, leaves) = (MillsLog.Head!, StoredLeaves());
        Assert.Equal(1000, head.Head.Size);
        int[] indexes = [0, 1, 255, 256, 299, 300, 511, 767, 999];
        var line = JsonSerializer.Serialize(new
        {
            key = KeyInRegister().ToString(),
            checkpoint = Convert.ToBase64String(head.Checkpoint),
            indexes,
            leaves = indexes.Select(index => Convert.ToBase64String(leaves[index])),
            proofs = indexes.Select(index => MerkleTree.InclusionProof(head.Tree, index, 1000).Select(hash => hash.ToString())),
            fromSize = old.Head.Size,
            fromRoot = old.Head.Root.ToString(),
            consistency = MerkleTree.ConsistencyProof(head.Tree, old.Head.Size, 1000).Select(hash => hash.ToString()),
        });
        var wrong = line.Replace("\"fromSize\":300", "\"fromSize\":299", StringComparison.Ordinal);

        var theirs = await GoCheck.RunAsync([line, wrong], Cancellation);

        Assert.Equal("holds", theirs[0]);
        Assert.StartsWith("failed", theirs[1], StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> EntriesAsync(X509Certificate2? certificate)
    {
        using var client = Client(certificate);
        using var reply = await client.GetAsync("/log/tile/entries/001.p/44", Cancellation);
        return (reply.StatusCode, await reply.Content.ReadAsByteArrayAsync(Cancellation));
    }

    private HttpClient Client(X509Certificate2? certificate) =>
        new(MutualTls.HandlerFor(certificate, Mill.Home.LoadCa(), Identifiers.TlsNameOf("mill"), TimeProvider.System)) { BaseAddress = new Uri(Mill.Host.PublicEndpoint) };

    private NoteVerifier KeyInRegister()
    {
        var key = _exchange["loom"].Host.Services.GetRequiredService<RegisterCache>().Current.Find("mill")!.Keys.Single(key => key.Use == KeyUse.Log);
        return new NoteVerifier(Identifiers.LogOriginOf("mill"), key.PublicKey.Span);
    }

    private async Task<X509Certificate2> JoinAsync(string id, ParticipantRole role)
    {
        var invited = await _exchange.Operator.AddParticipantAsync(new AddParticipantRequest
        {
            Participant = new Participant { Id = id, DisplayName = id, Kind = ParticipantKind.Government, Region = "CN-ZJ", Roles = { role } },
        }, cancellationToken: Cancellation);
        var home = await Joining.JoinAsync(new JoinRequest(_exchange.PathOf(id), _exchange.Identity.Endpoint, invited.Code, "https://127.0.0.1:0", ""), TimeProvider.System, Cancellation);
        return home.LoadCertificate();
    }

    private Task AppendAsync(int count)
    {
        var state = Mill.Host.Services.GetRequiredService<StateStore>();
        return Task.WhenAll(Enumerable.Range(0, count).Select(i => state.WriteAsync(connection => MillsLog.Append(connection, "offer.set", new JsonObject { ["offer"] = $"{i}" }), Cancellation)));
    }

    private List<byte[]> StoredLeaves() => Mill.Host.Services.GetRequiredService<StateStore>().Read(connection => Dapper.SqlMapper.Query<byte[]>(connection, "SELECT leaf FROM log ORDER BY seq").ToList());

    private sealed class Downloaded(Dictionary<Tile, byte[]> tiles) : ITileReader
    {
        public ReadOnlyMemory<byte> Read(Tile tile) => tiles[tile];
    }
}
