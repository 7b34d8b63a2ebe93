using System.Diagnostics;
using System.Text.Json;
using Exchange.Client;

namespace Exchange.Federation.Tests.Processes;

/// <summary>
/// An owner and a consumer, each a process of its own, killed at the worst moment: right after a decision, with the other side
/// away. Every node comes back on the port it had, so no register is needed to find it again.
/// </summary>
public sealed class KilledNodeTests : IAsyncDisposable
{
    private readonly ProcessExchange _exchange = new();
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Decisions_survive_the_death_of_either_side_and_reach_the_other()
    {
        await SetUpAsync();
        var id = await _exchange.AgreeAsync("lab", "lga", "REQUESTED");

        // The owner answers while the consumer is dead, and dies itself.
        await KillAsync("lab");
        await JsonAsync("lga", "agreement", "counter", id, "--until", "2090-12-31");
        await KillAsync("lga");
        await ServeAsync("lab");
        await ServeAsync("lga");
        await UntilAsync("lab", id, "OFFERED");

        // The consumer accepts while the owner is dead, and dies itself.
        await KillAsync("lga");
        Assert.Equal("ACCEPTED", (await JsonAsync("lab", "agreement", "accept", id)).GetProperty("state").GetString());
        await KillAsync("lab");
        await ServeAsync("lga");
        Assert.Equal("OFFERED", await StateAsync("lga", id));
        await ServeAsync("lab");
        await UntilAsync("lga", id, "FINALIZED");
        await UntilAsync("lab", id, "FINALIZED");

        // The owner takes it back while the consumer is dead, and dies itself.
        await KillAsync("lab");
        await JsonAsync("lga", "agreement", "revoke", id);
        await KillAsync("lga");
        await ServeAsync("lab");
        Assert.Equal("FINALIZED", await StateAsync("lab", id));
        await ServeAsync("lga");
        await UntilAsync("lab", id, "TERMINATED");
    }

    /// <summary>
    /// The engine waits for the rows while the owner's node dies: in place of their file stands a pipe that nobody writes to. The charge was
    /// durable before the engine was asked, so it is spent, and there is no answer that could be given again.
    /// </summary>
    [Fact]
    public async Task A_charge_is_spent_when_the_owner_dies_before_the_answer()
    {
        await File.WriteAllTextAsync(Path.Combine(_exchange.Folder, "noisy.yaml"), """
            offer: weather-noisy
            product: weather/1
            purposes: [research]
            release: noisy
            budget: {rho: 0.25, delta: 1e-6, per: quarter}
            approval: automatic
            expires: 2099-12-31
            """, _cancellation);
        await SetUpAsync(Path.Combine(_exchange.Folder, "noisy.yaml"));
        await JsonAsync("lga", "dataset", "publish", "weather/1", "LGA.csv", "--engine", "sqlite");
        await _exchange.AgreeAsync("lab", "lga", "FINALIZED");
        var rows = Assert.Single(Directory.GetFiles(HomeOf("lga"), "*.sqlite", SearchOption.AllDirectories), file => Path.GetFileName(Path.GetDirectoryName(file)) == "sqlite");
        File.Move(rows, rows + ".away");
        using (var pipe = Process.Start("mkfifo", [rows]))
        {
            await pipe.WaitForExitAsync(_cancellation);
        }

        await using (_exchange.Start("lab", Question))
        {
            using var owner = ExchangeClient.Connect(HomeOf("lga"));
            while ((await SpentAsync(owner)) == 0)
            {
                _cancellation.ThrowIfCancellationRequested();
            }

            await KillAsync("lga");
        }

        File.Move(rows + ".away", rows, overwrite: true);
        await ServeAsync("lga");
        using var again = ExchangeClient.Connect(HomeOf("lga"));
        Assert.Equal(0.1, await SpentAsync(again));

        // Asked again it is charged again, and there is no room for a third time.
        var answer = await JsonAsync("lab", Question);
        Assert.False(answer.GetProperty("coverage")[0].GetProperty("noise").GetProperty("repeated_answer").GetBoolean());
        Assert.Equal(0.2, await SpentAsync(again));
        Assert.True((await JsonAsync("lab", Question)).GetProperty("coverage")[0].GetProperty("noise").GetProperty("repeated_answer").GetBoolean());
        Assert.Equal(0.2, await SpentAsync(again));
    }

    /// <summary>
    /// The owner's process stands still, so the question is logged and sent and no answer comes; then the asker's node dies. What the owner
    /// makes of the question afterwards is its own affair: both logs hold, and the asker's says that it asked.
    /// </summary>
    [Fact]
    public async Task A_question_whose_asker_died_before_the_answer_is_in_its_log_as_unfinished()
    {
        await SetUpAsync("offer.yaml");
        await JoinAsync("court", "government", "--roles", "auditor");
        await JsonAsync("lga", "dataset", "publish", "weather/1", "LGA.csv");
        await _exchange.AgreeAsync("lab", "lga", "FINALIZED");
        await _exchange.SignalAsync("STOP", "lga");
        await using var asking = _exchange.Start("lab", "query", "SELECT COUNT(*) AS n FROM weather", "--purpose", "research");
        var seq = await AskedAsync();
        await KillAsync("lab");
        Assert.Equal(4, await asking.ExitCodeAsync(_cancellation));
        await _exchange.SignalAsync("CONT", "lga");
        await ServeAsync("lab");

        var verified = await _exchange.VerifyAsync("court");

        var unfinished = Assert.Single(verified.GetProperty("unfinished").EnumerateArray());
        Assert.Equal(("lab", seq), (unfinished.GetProperty("participant").GetString(), unfinished.GetProperty("seq").GetInt64()));
        Assert.Equal(["empty", "holds", "holds"], verified.GetProperty("logs").EnumerateArray().Select(log => log.GetProperty("status").GetString()));
        var stored = Assert.Single((await JsonAsync("lab", "queries", "list")).EnumerateArray());
        Assert.Equal((unfinished.GetProperty("query_id").GetString(), 0), (stored.GetProperty("query_id").GetString(), stored.GetProperty("answered").GetInt32()));
    }

    // Position of the question in the asker's log, once it is there.
    private async Task<long> AskedAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            foreach (var leaf in (await JsonAsync("lab", "audit", "log", "--participant", "lab", "--outcome", "asked")).EnumerateArray())
            {
                return leaf.GetProperty("seq").GetInt64();
            }
        }
    }

    private static string[] Question => ["query", "SELECT COUNT(*) AS n FROM weather", "--purpose", "research", "--rho", "0.1"];

    private async Task<double> SpentAsync(ExchangeClient owner) =>
        (await owner.Budgets.ListAsync(_cancellation)).Granted.Single(account => account.Consumer.Length == 0).RhoSpent;

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    private async Task SetUpAsync(string offer = "offer-manual.yaml")
    {
        await _exchange.StartIdentityAsync();
        await JoinAsync("lga", "enterprise");
        await JoinAsync("lab", "institute");
        await JsonAsync("lga", "product", "publish", "weather.yaml");
        await JsonAsync("lga", "offer", "set", offer);
    }

    private async Task JoinAsync(string id, string kind, params string[] roles)
    {
        await _exchange.JoinAsync(id, kind, roles);
        await ServeAsync(id);
    }

    private Task ServeAsync(string home) => _exchange.ServeAsync(home);

    private Task KillAsync(string home) => _exchange.KillAsync(home).AsTask();

    // A node that starts says what it owes by itself; looking changes nothing about that, for `show` asks nobody.
    private async Task UntilAsync(string home, string id, string state)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (await StateAsync(home, id) != state)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<string?> StateAsync(string home, string id) => (await JsonAsync(home, "agreement", "show", id)).GetProperty("state").GetString();

    private Task<JsonElement> JsonAsync(string home, params string[] arguments) => _exchange.JsonAsync(home, arguments);

    private string HomeOf(string home) => _exchange.HomeOf(home);
}
