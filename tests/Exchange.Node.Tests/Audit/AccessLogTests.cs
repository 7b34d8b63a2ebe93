using System.Text;
using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Signing;
using Exchange.Tests.Support;
using Exchange.Transparency;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Audit;

public sealed class AccessLogTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero));
    private StateStore _state = null!;
    private NodeIdentity _identity = null!;
    private AccessLog _log = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        var home = TestHome.Create(_folder["home"], "mill");
        _state = StateStore.Open(home.StateFile);
        _identity = NodeIdentity.Load(home, HomeSettings.Load(home));
        _log = new AccessLog(_identity, _clock);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _identity.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Leaves_are_numbered_from_zero_without_gaps_whoever_writes_at_once()
    {
        var entries = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AppendAsync("query.answered", new JsonObject { ["query_id"] = $"{i}" })));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), entries.Select(entry => entry.Seq).Order());
    }

    [Fact]
    public async Task A_leaf_is_canonical_json_of_event_participant_and_time()
    {
        var (seq, leaf) = await AppendAsync("offer.set", new JsonObject { ["offer"] = "open" });

        Assert.Equal(0, seq);
        Assert.Equal("""{"event":"offer.set","offer":"open","participant":"mill","time":"2031-02-03T04:05:06.789000Z","v":1}""", Encoding.UTF8.GetString(leaf));
    }

    [Fact]
    public async Task A_refused_write_leaves_no_leaf_and_uses_no_number()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _state.WriteAsync(connection =>
        {
            _log.Append(connection, "offer.set", new JsonObject());
            throw new InvalidOperationException();
        }, Cancellation));

        Assert.Equal(0, (await AppendAsync("offer.set", new JsonObject())).Seq);
    }

    [Fact]
    public async Task A_leaf_of_64_KiB_is_refused_and_one_under_it_is_kept()
    {
        var bare = (await AppendAsync("x", new JsonObject { ["pad"] = "" })).Leaf.Length;

        Assert.Equal(ReceiptSignature.LeafBytesMax, (await AppendAsync("x", new JsonObject { ["pad"] = new string('p', ReceiptSignature.LeafBytesMax - bare) })).Leaf.Length);
        await Assert.ThrowsAsync<InvalidOperationException>(() => AppendAsync("x", new JsonObject { ["pad"] = new string('p', ReceiptSignature.LeafBytesMax - bare + 1) }));
    }

    [Fact]
    public async Task A_receipt_verifies_under_the_log_key_for_its_leaf_and_position_alone()
    {
        var receipt = _log.Sign(await AppendAsync("query.refused", new JsonObject()));

        Assert.Equal(_identity.LogKey.KeyId, receipt.KeyId);
        Assert.True(Holds(receipt.Seq, receipt.Leaf.ToByteArray()));
        Assert.False(Holds(receipt.Seq + 1, receipt.Leaf.ToByteArray()));
        Assert.False(Holds(receipt.Seq, [.. receipt.Leaf, (byte)' ']));

        bool Holds(long seq, byte[] leaf) => SigningKey.Verify(_identity.LogKey.PublicKey, ReceiptSignature.ToBeSigned(seq, leaf), receipt.Signature.Span);
    }

    private Task<(long Seq, byte[] Leaf)> AppendAsync(string what, JsonObject details) => _state.WriteAsync(connection => _log.Append(connection, what, details), Cancellation);
}
