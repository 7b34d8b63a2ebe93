using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Federation.Tests.Noise;

/// <summary>When answers leave a node whose owner wants them on a grid; on a clock that stands still unless it is moved.</summary>
public sealed class ResponseGridTests
{
    [Fact]
    public async Task Answers_and_refusals_leave_on_the_grid_however_early_they_are_there()
    {
        var time = new GridTime(new DateTimeOffset(TimeProvider.System.GetUtcNow().Year + 1, 3, 31, 12, 0, 0, TimeSpan.Zero));
        await using var exchange = new NoisyExchange(time) { Terms = "response_grid: 257ms" };
        await exchange.InitializeAsync();

        Assert.Null((await OnGridAsync("SELECT COUNT(*) AS n FROM readings", 0.1)).Error);
        Assert.Equal(Reasons.BoundsMissing.Name, (await OnGridAsync("SELECT SUM(free) AS s FROM readings", 0.1)).Error.Reason);
        Assert.Equal(Reasons.BudgetExhausted.Name, (await OnGridAsync("SELECT COUNT(*) AS n FROM readings", 3)).Error.Reason);

        async Task<RunQueryResponse> OnGridAsync(string sql, double rho)
        {
            var waits = time.NextWaits(1);
            var asked = exchange.AskAsync(sql, rho, "lab", "alpha");
            await waits.WaitAsync(TestContext.Current.CancellationToken);
            time.Advance(GridTime.Grid - TimeSpan.FromMilliseconds(1));
            Assert.False(asked.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(1));
            return await asked;
        }
    }
}
