using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Protocol.Identity.V1;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Audit;

/// <summary>A log gets a new key while questions go on; what was signed before stays verifiable.</summary>
public sealed class LogKeyRotationTests : IAsyncLifetime
{
    private const string Sql = "SELECT region, SUM(kwh) AS s FROM readings GROUP BY region";
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly AuditExchange _exchange;

    public LogKeyRotationTests() => _exchange = new AuditExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestNode Alpha => _exchange.Exchange["alpha"];

    private AccessLog Log => Alpha.Host.Services.GetRequiredService<AccessLog>();

    public async ValueTask InitializeAsync() => await _exchange.InitializeAsync();

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task Both_keys_sign_until_peers_know_the_new_one_and_then_it_alone()
    {
        var before = Log.Verifier;
        var (exitCode, rotated, error) = await _exchange.RunAsync("alpha", "node", "rotate-key");
        Assert.True(exitCode == 0, error);
        Assert.Equal(2, SignaturesOf(Log.Head!.Checkpoint));

        // Askers that have not fetched the register yet, and those that have, take its receipts.
        await AskAsync();
        await _exchange.Exchange.RefreshAsync();
        await AskAsync();

        _time.Advance(LogKeyRotation.Overlap + TimeSpan.FromSeconds(1));
        await _exchange.Exchange.RefreshAsync();
        await Alpha.Host.Services.GetRequiredService<LogKeyRotation>().AdvanceAsync(Cancellation);
        await AskAsync();

        Assert.NotEqual(before.Key, Log.Verifier.Key);
        Assert.Equal(1, SignaturesOf(Log.Head!.Checkpoint));
        Assert.False(File.Exists(Alpha.Home.NextLogKeyFile));
        using var key = Alpha.Home.LoadLogKey();
        Assert.Equal((string)rotated["key_id"]!, key.KeyId);
        await RequireToHoldAsync();
    }

    [Fact]
    public async Task Entries_of_both_keys_hold_for_the_auditor_and_offline_after_the_participant_has_left()
    {
        await _exchange.RunAsync("alpha", "node", "rotate-key");
        _time.Advance(LogKeyRotation.Overlap + TimeSpan.FromSeconds(1));
        await Alpha.Host.Services.GetRequiredService<LogKeyRotation>().AdvanceAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        await AskAsync();
        await RequireToHoldAsync();
        var lab = await _exchange.RunAsync("lab", "audit", "verify");
        Assert.True(lab.ExitCode == 0, lab.Document.ToJsonString());
        Assert.Equal(9, (int)lab.Document["receipts"]!);

        await _exchange.Exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "alpha" }, cancellationToken: Cancellation);
        await _exchange.Exchange["court"].Host.RefreshRegisterAsync(Cancellation);
        var folder = _exchange.Exchange.PathOf("export");
        Assert.Equal(0, (await _exchange.RunAsync("court", "audit", "export", folder)).ExitCode);
        await Alpha.StopAsync();
        var (exitCode, found, _) = await _exchange.RunAsync("court", "audit", "verify", folder);
        Assert.True(exitCode == 0, found.ToJsonString());
    }

    [Fact]
    public async Task A_rotation_goes_on_where_a_stopped_node_left_it()
    {
        await _exchange.RunAsync("alpha", "node", "rotate-key");
        await Alpha.StopAsync();
        await Alpha.StartAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        await AskAsync();
        Assert.Equal(2, SignaturesOf(Log.Head!.Checkpoint));
        Assert.Single(_exchange.SeqsOf("alpha", "key.rotated"));

        _time.Advance(LogKeyRotation.Overlap + TimeSpan.FromSeconds(1));
        await Alpha.Host.Services.GetRequiredService<LogKeyRotation>().AdvanceAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        await AskAsync();
        Assert.Equal(1, SignaturesOf(Log.Head!.Checkpoint));
        await RequireToHoldAsync();
    }

    [Fact]
    public async Task A_key_that_has_its_age_is_replaced_without_anybody_asking_and_both_of_its_times_hold()
    {
        Assert.Equal(TimeSpan.FromDays(365), new NodeHostOptions().LogKeyAgeMax);
        var delta = await _exchange.Exchange.AddAsync("delta", options: new NodeHostOptions { NodesOnThisMachine = 2, LogKeyAgeMax = TimeSpan.FromDays(10) });
        await _exchange.Exchange.RefreshAsync();
        await _exchange.GrowAsync("delta", 3);
        var rotation = delta.Host.Services.GetRequiredService<LogKeyRotation>();
        var log = delta.Host.Services.GetRequiredService<AccessLog>();
        var before = log.Verifier.Key;

        _time.Advance(TimeSpan.FromDays(10) - TimeSpan.FromMinutes(1));
        await rotation.AdvanceAsync(Cancellation);
        Assert.Empty(_exchange.SeqsOf("delta", "key.rotated"));
        Assert.Equal(1, SignaturesOf(log.Head!.Checkpoint));

        _time.Advance(TimeSpan.FromMinutes(2));
        await rotation.AdvanceAsync(Cancellation);
        Assert.Single(_exchange.SeqsOf("delta", "key.rotated"));
        Assert.Equal(2, SignaturesOf(log.Head!.Checkpoint));

        _time.Advance(LogKeyRotation.Overlap + TimeSpan.FromSeconds(1));
        await rotation.AdvanceAsync(Cancellation);
        await _exchange.GrowAsync("delta", 1);
        Assert.NotEqual(before, log.Verifier.Key);
        Assert.Equal(1, SignaturesOf(log.Head!.Checkpoint));

        // The new key is young.
        await rotation.AdvanceAsync(Cancellation);
        Assert.Single(_exchange.SeqsOf("delta", "key.rotated"));
        await _exchange.Exchange.RefreshAsync();
        await RequireToHoldAsync();
    }

    [Fact]
    public async Task A_key_in_the_register_that_the_log_does_not_introduce_is_found()
    {
        await _exchange.RunAsync("alpha", "node", "rotate-key");
        await _exchange.Exchange.RefreshAsync();
        var seq = _exchange.SeqsOf("alpha", "key.rotated")[0];
        await _exchange.RewriteAsync("alpha", leaves => leaves[seq] = AuditExchange.With(leaves[seq], "signature_before", Convert.ToBase64String(new byte[64])));

        var (exitCode, found, _) = await _exchange.RunAsync("court", "audit", "verify");

        Assert.Equal(5, exitCode);
        Assert.Contains(found["findings"]!.AsArray(), finding => (string)finding!["check"]! == "signature" && (long?)finding["seq"] == seq);
    }

    private async Task AskAsync() => Assert.All((await _exchange.Joint.AskAsync(Sql)).Coverage, part => Assert.Equal(Exchange.Protocol.Owner.V1.CoverageStatus.Answered, part.Status));

    private async Task RequireToHoldAsync()
    {
        var (exitCode, found, error) = await _exchange.RunAsync("court", "audit", "verify");
        Assert.True(exitCode == 0, error + found.ToJsonString());
    }

    private static int SignaturesOf(byte[] note)
    {
        _ = SignedNote.Open(note, [], out var opened);
        return opened!.Unverified.Count;
    }
}
