using Exchange.Federation.Tests.Audit;
using Exchange.Federation.Tests.Noise;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Secure sums of noisy values: each owner charges its budget and adds its share of the noise.</summary>
public sealed class NoisySumTests
{
    internal const string Offer = """
        offer: sums
        product: readings/1
        purposes: [research]
        release: noisy
        aggregation: secure
        disclosure: {min_nodes: 3}
        budget: {rho: 4, delta: 1e-6, per: year}
        approval: automatic
        expires: 2099-12-31
        """;

    private const string ByRegion = "SELECT region, COUNT(*) AS n, SUM(kwh) AS s, AVG(heat) AS a, VAR_SAMP(heat) AS v FROM readings GROUP BY region ORDER BY region";

    [Fact]
    public async Task A_noisy_sum_is_near_the_pooled_answer_and_says_how_near()
    {
        await using var secure = await SecureExchange.StartAsync(4, Offer);

        var answer = await secure.AskAsync(ByRegion, request => request.Rho = 2);

        Assert.Null(answer.Error);
        // Every declared group, also where few or none have anybody.
        Assert.Equal(["east", "north", "sea", "south", "west"], answer.Rows.Select(row => row.Values[0].StringValue));
        foreach (var row in answer.Rows)
        {
            var pooled = secure.Pooled(secure.Firms).Where(one => one.Region == row.Values[0].StringValue).ToList();
            var (count, sum) = (row.ErrorBounds.Single(bound => bound.Column == 1), row.ErrorBounds.Single(bound => bound.Column == 2));
            // Eight standard errors: once in 10^15.
            Assert.InRange(row.Values[1].IntValue - pooled.Count, -8 * count.StdError, 8 * count.StdError);
            Assert.InRange(row.Values[2].IntValue - pooled.Sum(one => one.Kwh), -8 * sum.StdError, 8 * sum.StdError);
            Assert.True(count.StdError is > 0.5 and < 20, $"{count.StdError}");
        }

        // Of 166 people in the north, a standard error of some people: the average is near too.
        var north = answer.Rows[1];
        var heat = secure.Pooled(secure.Firms).Where(one => one.Region == "north").Average(one => one.Heat);
        Assert.InRange(north.Values[3].DoubleValue - heat, -10, 10);
        Assert.Contains(answer.Notes, note => note.Contains("zCDP", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_sum_has_other_noise_and_is_charged_at_each_owner_until_the_budget_is_spent()
    {
        await using var secure = await SecureExchange.StartAsync(3, Offer.Replace("rho: 4", "rho: 0.4", StringComparison.Ordinal));
        await secure.Exchange.AddAuditorAsync("court");
        await secure.Exchange.RefreshAsync();

        var first = await secure.AskAsync(ByRegion, request => request.Rho = 0.19);
        var second = await secure.AskAsync(ByRegion, request => request.Rho = 0.19);
        var third = await secure.AskAsync(ByRegion, request => request.Rho = 0.19);

        Assert.Null(first.Error);
        Assert.Null(second.Error);
        Assert.NotEqual(first.Rows.Select(row => row.Values[2].IntValue), second.Rows.Select(row => row.Values[2].IntValue));
        Assert.Empty(third.Rows);
        Assert.All(third.Coverage, part => Assert.Equal((CoverageStatus.Refused, Reasons.BudgetExhausted.Name), (part.Status, part.Refusal.Reason)));
        var (_, charges, _) = await AuditExchange.RunAsync(secure.Exchange, "firm00", TimeProvider.System, "audit", "log", "--participant", "firm00", "--outcome", "budget.charged");
        Assert.Equal(2, charges.AsArray().Count);
        Assert.All(charges.AsArray(), charge => Assert.InRange(double.Parse((string)charge!["leaf"]!["rho"]!, System.Globalization.CultureInfo.InvariantCulture), 0.18, 0.191));
        var (exitCode, found, error) = await AuditExchange.RunAsync(secure.Exchange, "court", TimeProvider.System, "audit", "verify");
        Assert.True(exitCode == 0, error + found.ToJsonString());
    }

    [Fact]
    public async Task What_looks_at_data_ends_on_the_owners_grid()
    {
        var time = new GridTime(new DateTimeOffset(TimeProvider.System.GetUtcNow().Year + 1, 3, 31, 12, 0, 0, TimeSpan.Zero));
        await using var secure = await SecureExchange.StartAsync(3, Offer + "\nresponse_grid: 257ms", time);
        var waits = time.NextWaits(3);

        var asked = secure.AskAsync(ByRegion, request => request.Rho = 1);
        await waits.WaitAsync(TestContext.Current.CancellationToken);

        time.Advance(GridTime.Grid - TimeSpan.FromMilliseconds(1));
        Assert.False(asked.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null((await asked).Error);
    }

    [Fact]
    public async Task A_drop_out_leaves_a_sum_whose_noise_is_enough()
    {
        await using var secure = await SecureExchange.StartAsync(4, Offer);
        var all = await secure.AskAsync(ByRegion, request => request.Rho = 1);
        await secure.RenewAsync();
        secure.Faults.DiesBefore = "InputSession";

        var fewer = await secure.AskAsync(ByRegion.Replace("GROUP", "WHERE age < 99 GROUP", StringComparison.Ordinal), request => request.Rho = 1);

        Assert.Null(fewer.Error);
        var (before, after) = (all.Rows[0].ErrorBounds[0].StdError, fewer.Rows[0].ErrorBounds[0].StdError);
        // Four shares before, three after; two are counted on.
        Assert.Equal(Math.Sqrt(3 / 4.0), after / before, 1e-9);
    }
}
