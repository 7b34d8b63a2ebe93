using Exchange.Federation.Tests.Noise;

namespace Exchange.Federation.Tests.Audit;

/// <summary>Charges of privacy budgets as an auditor sees them.</summary>
public sealed class NoisyAuditTests : IAsyncLifetime
{
    private readonly NoisyExchange _noisy = new();

    public async ValueTask InitializeAsync()
    {
        await _noisy.InitializeAsync();
        await _noisy.Exchange.AddAuditorAsync("court");
        await _noisy.Exchange.RefreshAsync();
    }

    public ValueTask DisposeAsync() => _noisy.DisposeAsync();

    [Fact]
    public async Task Charges_of_many_questions_add_up_until_the_budget_is_spent_and_a_charge_made_smaller_afterwards_is_named()
    {
        await _noisy.AskAsync(NoisyExchange.ByRegion, rho: 0.5);
        await _noisy.AskAsync(NoisyExchange.ByRegion, rho: 0.5);
        await _noisy.AskAsync(NoisyExchange.ByRegion, rho: 0.5, asker: "school");
        for (var i = 0; i < 5; i++)
        {
            await _noisy.AskAsync($"SELECT COUNT(*) AS n FROM readings WHERE age < {20 + i}", rho: 0.5);
        }

        var (exitCode, found, error) = await AuditExchange.RunAsync(_noisy.Exchange, "court", TimeProvider.System, "audit", "verify");
        Assert.True(exitCode == 0, error + found.ToJsonString());
        var (_, charged, _) = await AuditExchange.RunAsync(_noisy.Exchange, "court", TimeProvider.System, "audit", "log", "--outcome", "budget.charged", "--participant", "alpha");
        Assert.NotEmpty(charged.AsArray());
        var (_, report, _) = await AuditExchange.RunAsync(_noisy.Exchange, "court", TimeProvider.System, "audit", "report", "--from", "2020-01-01", "--to", "2098-01-01", "--output", _noisy.Exchange.PathOf("report.html"));
        Assert.Equal(0, (int)report["failed_checks"]!);

        var alpha = _noisy.Exchange["alpha"];
        await alpha.StopAsync();
        var leaves = LogForger.LeavesOf(alpha.Home);
        var answered = (int)charged[0]!["seq"]!;
        leaves[answered] = AuditExchange.With(leaves[answered], "rho", "0.001");
        LogForger.Rewrite(alpha.Home, "alpha", leaves);
        await alpha.StartHeedlessAsync(TestContext.Current.CancellationToken);
        await _noisy.Exchange.RefreshAsync();

        var (failed, named, _) = await AuditExchange.RunAsync(_noisy.Exchange, "court", TimeProvider.System, "audit", "verify");
        Assert.Equal(5, failed);
        Assert.Contains(named["findings"]!.AsArray(), finding => (string)finding!["check"]! == "budgets");
    }
}
