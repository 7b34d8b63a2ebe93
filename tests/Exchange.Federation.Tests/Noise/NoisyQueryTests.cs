using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Noise;

public sealed class NoisyQueryTests(NoisyExchange exchange) : IClassFixture<NoisyExchange>
{
    [Fact]
    public async Task Every_declared_group_has_noise_and_says_how_much_also_the_empty_one()
    {
        var answer = await exchange.AskAsync(NoisyExchange.ByRegion, rho: 0.4);

        Assert.Null(answer.Error);
        Assert.Equal(["east", "north", "south", "west"], answer.Rows.Select(row => row.Values[0].StringValue));
        Assert.All(answer.Coverage, part => Assert.Equal((0.4, false, 1, 2, 0L), (part.Noise.Rho, part.Noise.RepeatedAnswer, part.Noise.GroupsPerUnit, part.Noise.RowsPerGroup, part.Noise.KeyThreshold)));

        // Count and centred sum share 0.4; two rows of a unit count, two firms add up: σ² of a count is 2 · 4/(2·0.2).
        var north = answer.Rows[1];
        Assert.Equal([1, 2, 3], north.ErrorBounds.Select(bound => bound.Column));
        Assert.Equal(Math.Sqrt(20), north.ErrorBounds[0].StdError, 1e-9);
        Assert.Equal(1200, north.Values[1].IntValue, 45.0);
        Assert.Equal(0, answer.Rows[3].Values[1].IntValue, 45.0);
        var spread = north.ErrorBounds[2].StdError;
        Assert.InRange(north.Values[3].DoubleValue, 49 - (7 * spread), 50 + (7 * spread));
        Assert.True(north.ErrorBounds[2].Low < north.Values[3].DoubleValue && north.ErrorBounds[2].High > north.Values[3].DoubleValue);
    }

    [Fact]
    public async Task The_same_question_in_other_words_and_by_another_asker_is_the_same_answer_and_costs_nothing()
    {
        var first = await exchange.AskAsync("SELECT region, AVG(heat) AS a, COUNT(*) AS n FROM readings WHERE age >= 10 AND age < 90 GROUP BY region ORDER BY region", rho: 0.01);
        var left = first.Coverage[0].Noise.RhoLeft;
        var again = await exchange.AskAsync("SELECT COUNT(*) AS n, AVG(heat) AS a, region FROM readings WHERE NOT (90 <= age OR 10 > age) AND age >= 10 GROUP BY region ORDER BY region", rho: 0.005);
        var other = await exchange.AskAsync("SELECT region, AVG(heat) AS a, COUNT(*) AS n FROM readings WHERE age < 90 AND age >= 10 GROUP BY region ORDER BY region", rho: 0.01, asker: "school");

        Assert.All(again.Coverage, part => Assert.True(part.Noise.RepeatedAnswer));
        Assert.Equal(first.Rows.Select(row => (row.Values[1].DoubleValue, row.Values[2].IntValue)), again.Rows.Select(row => (row.Values[1].DoubleValue, row.Values[0].IntValue)));
        Assert.Equal(first.Rows.Select(row => row.Values[2].IntValue), other.Rows.Select(row => row.Values[2].IntValue));
        Assert.All(other.Coverage, part => Assert.True(part.Noise.RepeatedAnswer));
        Assert.True(again.Coverage[0].Noise.RhoLeft <= left);

        // A larger charge is another release.
        var finer = await exchange.AskAsync("SELECT region, AVG(heat) AS a, COUNT(*) AS n FROM readings WHERE age < 90 AND age >= 10 GROUP BY region ORDER BY region", rho: 0.02);
        Assert.All(finer.Coverage, part => Assert.False(part.Noise.RepeatedAnswer));
    }

    [Fact]
    public async Task A_key_that_nobody_declared_is_shown_only_when_many_have_it()
    {
        var answer = await exchange.AskAsync("SELECT town, COUNT(*) AS n FROM readings GROUP BY town", rho: 0.5, participants: ["alpha"]);

        var row = Assert.Single(answer.Rows);
        Assert.Equal("city", row.Values[0].StringValue);
        Assert.True(answer.Coverage[0].Noise.KeyThreshold > 5);
        Assert.Equal(1e-8, answer.Coverage[0].Noise.Delta, 1e-15);
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("beta")]
    public async Task Units_are_counted_with_noise_that_says_how_much(string firm)
    {
        var answer = await exchange.AskAsync("SELECT region, COUNT(DISTINCT worker_id) AS workers, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region", rho: 0.4, "school", firm);

        // σ² of units is 1/(2·0.2), whatever their rows; of rows it is four times that.
        Assert.Null(answer.Error);
        var north = answer.Rows[1];
        Assert.Equal((Math.Sqrt(2.5), Math.Sqrt(10)), (north.ErrorBounds[0].StdError, north.ErrorBounds[1].StdError), (one, other) => Math.Abs(one.Item1 - other.Item1) + Math.Abs(one.Item2 - other.Item2) < 1e-9);
        Assert.Equal([100, 300, 200, 0], answer.Rows.Select(row => row.Values[1].IntValue), (one, other) => Math.Abs(one - other) < 15);
        Assert.True(north.ErrorBounds[0].Low < north.Values[1].IntValue && north.ErrorBounds[0].High > north.Values[1].IntValue);
    }

    [Fact]
    public async Task Units_that_two_owners_know_are_counted_between_one_and_both()
    {
        // Both firms have the same workers here, which no owner may tell.
        var answer = await exchange.AskAsync("SELECT COUNT(DISTINCT worker_id) AS workers FROM readings", rho: 0.4, "school");

        var bound = answer.Rows[0].ErrorBounds[0];
        // An end lies beyond the count without noise in 5 of 100 cases; ten standard errors beyond it in none.
        Assert.InRange(bound.Low, 580, 610.0);
        Assert.InRange(bound.High, 1190, 1220.0);
        Assert.Equal(900, answer.Rows[0].Values[0].IntValue, 15.0);
    }

    [Fact]
    public async Task A_variance_comes_with_its_error()
    {
        var answer = await exchange.AskAsync("SELECT VAR_POP(heat) AS v, STDDEV_SAMP(heat) AS s FROM readings", rho: 1, participants: ["alpha"]);

        var bound = answer.Rows[0].ErrorBounds[0];
        Assert.InRange(8.25, answer.Rows[0].Values[0].DoubleValue - (7 * bound.StdError), answer.Rows[0].Values[0].DoubleValue + (7 * bound.StdError));
        Assert.Equal(2, answer.Rows[0].ErrorBounds.Count);
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("beta")]
    public async Task Quantiles_come_out_of_a_histogram_with_noise_and_say_between_what_they_lie(string firm)
    {
        var answer = await exchange.AskAsync("SELECT region, MEDIAN(kwh) AS m, QUANTILE_CONT(kwh, 0.9) AS q, MIN(kwh) AS least, MAX(kwh) AS most FROM readings GROUP BY region ORDER BY region", rho: 0.4, "school", firm);

        // In north 300 workers with two rows each, of 0 to 99 evenly: σ of a bin of 60 rows is √5.
        Assert.Null(answer.Error);
        var north = answer.Rows[1];
        Assert.Equal([1, 2, 3, 4], north.ErrorBounds.Select(bound => bound.Column));
        Assert.All(north.ErrorBounds, bound => Assert.True(bound is { StdError: > 0 } && bound.Low < north.Values[bound.Column].DoubleValue && bound.High > north.Values[bound.Column].DoubleValue));
        Assert.InRange(north.ErrorBounds[0].Low, 30, 50);
        Assert.InRange(north.ErrorBounds[0].High, 50, 70);
        Assert.Equal(0, north.ErrorBounds[2].Low);
        Assert.InRange(north.ErrorBounds[2].High, 10, 40);
        Assert.InRange(north.ErrorBounds[3].Low, 60, 490);
        Assert.Equal(5, answer.Rows[3].Values.Count);
    }

    [Fact]
    public async Task Quantiles_over_both_owners_are_of_the_sum_of_their_histograms()
    {
        var apart = await exchange.AskAsync("SELECT participant, MEDIAN(kwh) AS m, COUNT(*) AS n FROM readings GROUP BY participant", rho: 0.2, asker: "school");
        var together = await exchange.AskAsync("SELECT MEDIAN(kwh) AS m, COUNT(*) AS n FROM readings", rho: 0.2, asker: "school");

        Assert.All(together.Coverage, part => Assert.True(part.Noise.RepeatedAnswer));
        var bound = together.Rows[0].ErrorBounds[0];
        Assert.InRange(bound.Low, 30, 50);
        Assert.InRange(bound.High, 50, 70);
        Assert.Equal(2, apart.Rows.Count);
    }

    [Fact]
    public async Task A_measure_without_bounds_is_refused()
    {
        var answer = await exchange.AskAsync("SELECT SUM(free) FROM readings", participants: ["alpha"]);
        Assert.Equal(Reasons.BoundsMissing.Name, answer.Error.Reason);
    }

    [Fact]
    public async Task A_charge_beyond_the_agreement_is_refused()
    {
        var answer = await exchange.AskAsync("SELECT COUNT(*) FROM readings WHERE age = 3", rho: 3, participants: ["alpha"]);
        Assert.Equal(Reasons.BudgetExhausted.Name, answer.Error.Reason);
    }

    [Fact]
    public async Task An_exact_offer_over_the_same_rows_needs_an_owner_who_insists()
    {
        using var owner = exchange.ClientOf("beta");
        var checkedTerms = OfferFile.Read(exchange.Written("exact.yaml", """
            offer: exact
            product: readings/1
            purposes: [audit]
            release: checked
            approval: manual
            expires: 2099-12-31
            """));
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => owner.Offers.SetAsync(checkedTerms, TestContext.Current.CancellationToken));
        Assert.Equal(Reasons.NoisyBesideExact.Name, refusal.Reason.Name);
        Assert.Single(await owner.Offers.ListAsync("", TestContext.Current.CancellationToken));

        using var output = new StringWriter();
        Assert.Equal(0, await Exchange.Cli.CliProgram.RunAsync(
            ["offer", "set", exchange.Exchange.PathOf("exact.yaml"), "--beside-exact", "--home", exchange.Exchange["beta"].Home.Path], output, output, TestContext.Current.CancellationToken));
        Assert.Equal(2, (await owner.Offers.ListAsync("", TestContext.Current.CancellationToken)).Count);

        // The other way round too: the noisy offer changes while the exact one stands.
        var noisy = (await owner.Offers.ListAsync("open", TestContext.Current.CancellationToken)).Single().Terms;
        noisy.QueriesPerDay = 500;
        Assert.Equal(Reasons.NoisyBesideExact.Name, (await Assert.ThrowsAsync<ExchangeException>(() => owner.Offers.SetAsync(noisy, TestContext.Current.CancellationToken))).Reason.Name);
    }

    [Fact]
    public async Task Joint_noisy_answers_are_the_sums_of_their_parts()
    {
        const string byParticipant = "SELECT participant, SUM(kwh) AS s FROM readings WHERE region = 'east' GROUP BY participant ORDER BY participant";
        var apart = await exchange.AskAsync(byParticipant, rho: 0.01);
        var together = await exchange.AskAsync("SELECT SUM(kwh) AS s FROM readings WHERE 'east' = region", rho: 0.01);
        Assert.All(together.Coverage, part => Assert.True(part.Noise.RepeatedAnswer));
        Assert.Equal(apart.Rows.Sum(row => row.Values[1].IntValue), together.Rows[0].Values[0].IntValue);
        Assert.Equal(Math.Sqrt(apart.Rows.Sum(row => Math.Pow(row.ErrorBounds[0].StdError, 2))), together.Rows[0].ErrorBounds[0].StdError, 1e-6);
    }
}
