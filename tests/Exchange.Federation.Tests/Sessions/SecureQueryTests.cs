using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Secure sums asked of real nodes over real TLS, by the asker's own node.</summary>
public sealed class SecureQueryTests
{
    private const string ByRegion = "SELECT region, COUNT(*), SUM(kwh), AVG(heat), VAR_SAMP(heat), SUM(price) FROM readings GROUP BY region ORDER BY region";

    [Fact]
    public async Task A_secure_sum_equals_the_pooled_answer_of_its_members()
    {
        await using var secure = await SecureExchange.StartAsync(4);

        var answer = await secure.AskAsync(ByRegion);

        Assert.Null(answer.Error);
        Assert.Equal((Aggregation.Secure, ReleaseClass.Checked), (answer.Aggregation, answer.Release));
        Assert.Equal(16, JointQuery.Parser.ParseFrom(answer.Query.Payload).Salt.Length);
        // West has two firms and the sea none that its rules let through: neither is told.
        Assert.Equal(["east", "north", "south"], answer.Rows.Select(row => row.Values[0].StringValue));
        foreach (var row in answer.Rows)
        {
            var pooled = secure.Pooled(secure.Firms).Where(one => one.Region == row.Values[0].StringValue).ToList();
            var mean = pooled.Average(one => one.Heat);
            Assert.Equal((pooled.Count, pooled.Sum(one => one.Kwh)), (row.Values[1].IntValue, row.Values[2].IntValue));
            Assert.Equal(mean, row.Values[3].DoubleValue, 1e-12);
            Assert.Equal(pooled.Sum(one => (one.Heat - mean) * (one.Heat - mean)) / (pooled.Count - 1), row.Values[4].DoubleValue, 1e-9);
            Assert.Equal(pooled.Sum(one => one.Price), decimal.Parse(row.Values[5].DecimalValue, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(4, row.Participants);
        }

        Assert.All(answer.Coverage, part => Assert.Equal((CoverageStatus.Answered, 0), (part.Status, part.SuppressedCells)));
        Assert.All(answer.Coverage, part => Assert.NotNull(part.Receipt));
        Assert.Equal((3, 3, 4), (answer.Cohort.MinNodes, answer.Cohort.Threshold, answer.Cohort.Participants.Count));
    }

    [Fact]
    public async Task A_question_that_a_secure_sum_cannot_hold_is_refused_by_name()
    {
        await using var secure = await SecureExchange.StartAsync(3);

        Assert.Equal(Reasons.GroupsNotDeclared, (await RefusalAsync(secure, "SELECT site, COUNT(*) FROM readings GROUP BY site")).Reason);
        Assert.Equal(Reasons.NotServedYet, (await RefusalAsync(secure, "SELECT participant, COUNT(*) FROM readings GROUP BY participant")).Reason);
        Assert.Equal(Reasons.NotServedYet, (await RefusalAsync(secure, "SELECT CORR(kwh, heat) FROM readings")).Reason);
        Assert.Equal(Reasons.CohortTooSmall, (await RefusalAsync(secure, "SELECT COUNT(*) FROM readings", request => request.Participants.Add(["firm00", "firm01"]))).Reason);
        Assert.Contains("site", (await RefusalAsync(secure, "SELECT site, COUNT(*) FROM readings GROUP BY site")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owners_of_the_other_aggregation_stand_in_the_coverage_and_are_in_no_sum()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await secure.OfferAsync("firm03", """
            offer: open
            product: readings/1
            purposes: [research]
            release: checked
            aggregation: each
            disclosure: {min_units: 10}
            approval: automatic
            expires: 2099-12-31
            """);
        await secure.AgreeAsync("lab", "firm03");

        var each = await secure.AskAsync("SELECT COUNT(*) FROM readings WHERE region = 'north'", request => request.Aggregation = Aggregation.Each);
        var sum = await secure.AskAsync("SELECT COUNT(*) FROM readings WHERE region = 'north'", request => request.Participants.Add(["firm00", "firm01", "firm02"]));

        Assert.Equal(40 + 41 + 42, sum.Rows[0].Values[0].IntValue);
        Assert.Equal(3, each.Coverage.Count(part => part.Refusal?.Reason == Reasons.OtherAggregation.Name));
    }

    [Fact]
    public async Task An_asker_counts_for_nothing_in_its_own_sum()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await secure.AgreeAsync("firm00");

        var answer = await secure.AskAsync("firm00", "SELECT COUNT(*) FROM readings WHERE region = 'north'");

        Assert.Equal(41 + 42 + 43, answer.Rows[0].Values[0].IntValue);
        Assert.DoesNotContain("firm00", answer.Cohort.Participants);
        Assert.DoesNotContain(answer.Coverage, part => part.ParticipantId == "firm00" && part.Status == CoverageStatus.Answered);
    }

    private static async Task<ExchangeException> RefusalAsync(SecureExchange secure, string sql, Action<RunQueryRequest>? change = null) =>
        await Assert.ThrowsAsync<ExchangeException>(() => secure.AskAsync(sql, change));
}
