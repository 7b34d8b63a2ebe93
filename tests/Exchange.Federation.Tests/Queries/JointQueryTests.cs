using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Federation.Tests.Queries;

public sealed class JointQueryTests(JointExchange joint) : IClassFixture<JointExchange>
{
    private const string ByRegion = "SELECT region, COUNT(*) AS n, SUM(kwh) AS kwh FROM readings GROUP BY region ORDER BY region";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_firms_answer_as_one_and_hide_their_small_cells()
    {
        var answer = await joint.AskAsync(ByRegion, request => request.Require = -1);

        Assert.Null(answer.Error);
        Assert.Equal(["north 120 2340", "south 45 2115"], answer.Rows.Select(row => string.Join(' ', row.Values.Select(Text))));
        Assert.All(answer.Rows, row => Assert.Equal(3, row.Participants));
        Assert.Equal(JointExchange.Firms, answer.Coverage.Select(part => part.ParticipantId));
        Assert.All(answer.Coverage, part => Assert.Equal((CoverageStatus.Answered, 1L, "fewer than 10 units"), (part.Status, part.SuppressedCells, Assert.Single(part.Rules))));
    }

    [Fact]
    public async Task A_small_group_cannot_be_had_by_subtracting_a_filter_and_the_answer_says_which_rule_hid_it()
    {
        // Five workers are in the east, in no figure by themselves.
        var answer = await joint.AskAsync("SELECT COUNT(*), SUM(kwh), COUNT(*) FILTER (WHERE region <> 'east'), SUM(kwh) FILTER (WHERE region <> 'east') FROM readings", request => request.Require = -1);

        Assert.All(answer.Coverage, part => Assert.Equal((1L, "figures of the cell subtract to one that may not be told"), (part.SuppressedCells, Assert.Single(part.Rules))));
        var without = await joint.AskAsync("SELECT COUNT(*), SUM(kwh) FROM readings");
        Assert.Equal([180, 5310], without.Rows[0].Values.Select(value => value.IntValue));
        Assert.All(without.Coverage, part => Assert.Empty(part.Rules));
    }

    [Fact]
    public async Task Grouping_by_participant_keeps_every_owner_apart()
    {
        var answer = await joint.AskAsync("SELECT participant, COUNT(*) FROM readings WHERE region = 'north' GROUP BY participant ORDER BY participant");

        Assert.Equal(["alpha 40", "beta 40", "gamma 40"], answer.Rows.Select(row => string.Join(' ', row.Values.Select(Text))));
    }

    [Fact]
    public async Task A_participant_that_is_named_alone_is_asked_alone()
    {
        var answer = await joint.AskAsync(ByRegion, request => request.Participants.Add("beta"));

        Assert.Equal("beta", Assert.Single(answer.Coverage).ParticipantId);
        Assert.Equal(40, answer.Rows[0].Values[1].IntValue);
    }

    [Fact]
    public async Task A_question_without_purpose_or_agreement_is_refused_with_the_command_that_helps()
    {
        var without = await Assert.ThrowsAsync<ExchangeException>(() => joint.AskAsync(ByRegion, request => request.Purpose = ""));
        Assert.Equal(Reasons.PurposeMissing, without.Reason);

        var other = await Assert.ThrowsAsync<ExchangeException>(() => joint.AskAsync(ByRegion, request => request.Purpose = "marketing"));
        Assert.Equal(Reasons.NoAgreement, other.Reason);
        Assert.Contains("exchange agreement request readings/1 --purpose marketing", other.Action, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_explanation_names_every_owner_its_class_and_rules_and_runs_nothing()
    {
        using var lab = joint.ClientOf("lab");
        var before = (await lab.Queries.ListAsync(1000, Cancellation)).Count;
        var explained = await lab.Queries.ExplainAsync(new ExplainQueryRequest { Sql = ByRegion, Purpose = JointExchange.Purpose }, Cancellation);

        Assert.Equal(JointExchange.Firms, explained.Owners.Select(owner => owner.ParticipantId));
        Assert.All(explained.Owners, owner => Assert.Contains("cells with fewer than 10 units are hidden", owner.Rules));
        Assert.Contains("region", explained.Plan, StringComparison.Ordinal);
        Assert.Equal(before, (await lab.Queries.ListAsync(1000, Cancellation)).Count);
    }

    [Fact]
    public async Task A_question_repeated_under_its_id_returns_the_same_receipts()
    {
        var first = await joint.AskAsync(ByRegion);
        var again = await joint.AskAsync(ByRegion, request => request.QueryId = first.QueryId);

        Assert.Equal(first.Coverage.Select(part => part.Receipt), again.Coverage.Select(part => part.Receipt));
        var other = await Assert.ThrowsAsync<ExchangeException>(() => joint.AskAsync("SELECT COUNT(*) FROM readings", request => request.QueryId = first.QueryId));
        Assert.Equal(Reasons.QueryIdReused, other.Reason);
    }

    [Fact]
    public async Task Questions_are_kept_with_their_answers()
    {
        var answer = await joint.AskAsync(ByRegion);
        using var lab = joint.ClientOf("lab");

        Assert.Equal(answer.QueryId, (await lab.Queries.ListAsync(1, Cancellation))[0].QueryId);
        Assert.Equal(answer.Rows, (await lab.Queries.GetAsync(answer.QueryId, Cancellation)).Response.Rows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3_600)]
    public async Task A_deadline_outside_its_bounds_is_refused(int seconds)
    {
        var refused = await Assert.ThrowsAsync<ExchangeException>(() => joint.AskAsync(ByRegion, request => request.Deadline = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds))));
        Assert.Equal(Reasons.InvalidRequest, refused.Reason);
    }

    private static string Text(Protocol.Query.V1.Value value) =>
        value.KindCase == Protocol.Query.V1.Value.KindOneofCase.StringValue ? value.StringValue : value.IntValue.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
