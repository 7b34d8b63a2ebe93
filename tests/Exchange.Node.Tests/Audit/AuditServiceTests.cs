using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Entries = Exchange.Protocol.Audit.V1.AuditService.AuditServiceClient;

namespace Exchange.Node.Tests.Audit;

public sealed class AuditServiceTests : IAsyncLifetime
{
    private TestExchange _exchange = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestNode Mill => _exchange["mill"];

    private AccessLog Log => Mill.Host.Services.GetRequiredService<AccessLog>();

    public async ValueTask InitializeAsync() => _exchange = await TestExchange.StartAsync(null, "mill", "loom", "lab");

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task The_owner_reads_every_entry_page_by_page_each_proven_under_the_checkpoint()
    {
        await AppendAsync(25, "loom");
        var read = new List<LogEntry>();
        var next = 0L;
        do
        {
            var page = await new Entries(Mill.Owner).ListEntriesAsync(new ListEntriesRequest { StartSeq = next, PageSize = 10 }, cancellationToken: Cancellation);
            read.AddRange(page.Entries);
            Assert.All(page.Entries, entry => Assert.Equal(LogProofFault.None, FaultOf(entry, page)));
            next = page.NextStartSeq;
        }
        while (next > 0);

        Assert.Equal(Enumerable.Range(0, 25), read.Select(entry => (int)entry.Seq));
    }

    [Fact]
    public async Task A_participant_reads_the_entries_that_name_it_and_no_others()
    {
        await AppendAsync(4, "loom");
        await AppendAsync(3, "lab");
        await AppendAsync(2, "loom");

        Assert.Equal([0, 1, 2, 3, 7, 8], await PositionsAsync("loom"));
        Assert.Equal([4, 5, 6], await PositionsAsync("lab"));
    }

    [Fact]
    public async Task A_text_that_only_looks_like_a_name_names_nobody()
    {
        await Mill.Host.Services.GetRequiredService<StateStore>().WriteAsync(connection => Log.Append(connection, "query.refused", new JsonObject
        {
            ["caller"] = "lab",
            ["purpose"] = "loom",
            ["inner"] = new JsonObject { ["caller"] = "loom" },
        }), Cancellation);

        Assert.Empty(await PositionsAsync("loom"));
        Assert.Equal([0], await PositionsAsync("lab"));
    }

    [Fact]
    public async Task Many_entries_about_others_are_passed_over_in_bounded_steps()
    {
        await AppendAsync(Node.Audit.AuditService.ScannedMax, "lab");
        await AppendAsync(1, "loom");

        var first = await PageAsync("loom", 0);
        Assert.Empty(first.Entries);
        Assert.Equal(Node.Audit.AuditService.ScannedMax, first.NextStartSeq);
        Assert.Equal(Node.Audit.AuditService.ScannedMax, Assert.Single((await PageAsync("loom", first.NextStartSeq)).Entries).Seq);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 1001)]
    public async Task Pages_have_bounds(long start, int size)
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await new Entries(Mill.Owner).ListEntriesAsync(new ListEntriesRequest { StartSeq = start, PageSize = size }, cancellationToken: Cancellation));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Beyond_the_end_and_in_an_empty_log_there_is_nothing()
    {
        Assert.Empty((await new Entries(Mill.Owner).ListEntriesAsync(new ListEntriesRequest(), cancellationToken: Cancellation)).Entries);
        await AppendAsync(1, "lab");
        var page = await new Entries(Mill.Owner).ListEntriesAsync(new ListEntriesRequest { StartSeq = long.MaxValue - 5 }, cancellationToken: Cancellation);
        Assert.Empty(page.Entries);
        Assert.Equal(0, page.NextStartSeq);
    }

    private async Task<IEnumerable<long>> PositionsAsync(string reader) => (await PageAsync(reader, 0)).Entries.Select(entry => entry.Seq);

    private async Task<ListEntriesResponse> PageAsync(string reader, long start)
    {
        var peers = _exchange[reader].Host.Services.GetRequiredService<Node.Peers.PeerClients>();
        return await new Entries(await peers.ForAsync("mill", Cancellation)).ListEntriesAsync(new ListEntriesRequest { StartSeq = start }, cancellationToken: Cancellation);
    }

    private LogProofFault? FaultOf(LogEntry entry, ListEntriesResponse page) =>
        LogProof.From(entry.Seq, [.. entry.InclusionProof.Select(hash => hash.Memory)], page.Checkpoint.Span)?.Fault(entry.Leaf.Span, [Log.Verifier], out _);

    private Task AppendAsync(int count, string caller)
    {
        var state = Mill.Host.Services.GetRequiredService<StateStore>();
        return state.WriteAsync(connection =>
        {
            for (var i = 0; i < count; i++)
            {
                Log.Append(connection, "query.answered", new JsonObject { ["caller"] = caller });
            }
        }, Cancellation);
    }
}
