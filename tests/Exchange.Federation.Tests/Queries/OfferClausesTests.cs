using Exchange.Client.Files;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using Expression = Exchange.Protocol.Query.V1.Expression;

namespace Exchange.Federation.Tests.Queries;

/// <summary>
/// Every clause of an offer, enforced by its owner on fragments that no asker's node has looked at. The agreement is older than
/// the offer, so what is refused here is refused by the owner's terms of today.
/// </summary>
public sealed class OfferClausesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly JointExchange _joint;

    public OfferClausesTests() => _joint = new JointExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task Consumers_are_those_of_the_kinds_regions_and_names_and_nobody_else()
    {
        (Action<Consumers> Fits, Action<Consumers> Shuts)[] clauses =
        [
            (fits => fits.Kinds.Add(ParticipantKind.Institute), shuts => shuts.Kinds.Add(ParticipantKind.Government)),
            (fits => fits.Regions.Add("CN-*"), shuts => shuts.Regions.Add("US-*")),
            (fits => fits.Participants.Add("lab"), shuts => shuts.Participants.Add("beta")),
        ];
        foreach (var (fits, shuts) in clauses)
        {
            await OfferAsync(terms => fits(terms.Consumers));
            AssertAnswered(await SendAsync());
            await OfferAsync(terms => shuts(terms.Consumers));
            AssertRefused(Reasons.OfferNarrowed, await SendAsync());
        }

        // A consumer must match every list that is not empty.
        await OfferAsync(terms =>
        {
            terms.Consumers.Kinds.Add(ParticipantKind.Institute);
            terms.Consumers.Participants.Add("beta");
        });
        AssertRefused(Reasons.OfferNarrowed, await SendAsync());
    }

    [Fact]
    public async Task Purposes_are_those_of_the_agreement_and_of_the_offer()
    {
        AssertRefused(Reasons.AgreementOtherPurpose, await SendAsync(query => query.Purpose = "statistics"));
        await OfferAsync(terms => terms.Purposes[0] = "statistics");
        AssertRefused(Reasons.OfferNarrowed, await SendAsync());
        AssertRefused(Reasons.AgreementOtherPurpose, await SendAsync(query => query.Purpose = "statistics"));
    }

    [Fact]
    public async Task Grouping_needs_the_word_group()
    {
        await OfferAsync(terms => List(terms, ("region", [ColumnUse.Filter]), ("kwh", [ColumnUse.Sum])));
        AssertRefused(Reasons.ColumnNotOffered, await SendAsync());
        AssertAnswered(await SendAsync(query => query.Fragment.GroupBy.Clear()));
    }

    [Fact]
    public async Task Conditions_need_the_word_filter_wherever_they_stand()
    {
        var isNull = new Expression { Call = new Call { Operator = Operator.IsNull, Arguments = { new Expression { Column = "region" } } } };
        void Where(JointQuery query) => query.Fragment.Where = isNull;
        void Filter(JointQuery query) => query.Fragment.Aggregates[0].Filter = isNull;

        AssertAnswered(await SendAsync(Where));
        AssertAnswered(await SendAsync(Filter));
        await OfferAsync(terms => List(terms, ("region", [ColumnUse.Group])));
        AssertAnswered(await SendAsync());
        AssertRefused(Reasons.ColumnNotOffered, await SendAsync(Where));
        AssertRefused(Reasons.ColumnNotOffered, await SendAsync(Filter));
    }

    [Fact]
    public async Task Aggregates_are_those_that_the_words_of_the_column_imply()
    {
        var allowed = new Dictionary<ColumnUse, AggregateKind[]>
        {
            [ColumnUse.Filter] = [],
            [ColumnUse.Count] = [AggregateKind.Count],
            [ColumnUse.Sum] = [AggregateKind.Sum],
            [ColumnUse.Avg] = [AggregateKind.Count, AggregateKind.Sum],
            [ColumnUse.Variance] = [AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments],
            [ColumnUse.Corr] = [AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments, AggregateKind.Comoments],
            [ColumnUse.Quantile] = [AggregateKind.Histogram],
            [ColumnUse.Range] = [AggregateKind.Range],
        };
        foreach (var (use, kinds) in allowed)
        {
            await OfferAsync(terms => List(terms, ("region", [ColumnUse.Group]), ("kwh", [use])));
            foreach (var kind in new[] { AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments, AggregateKind.Comoments, AggregateKind.Histogram, AggregateKind.Range })
            {
                var response = await SendAsync(query => query.Fragment.Aggregates[0] = Of(kind));
                if (kinds.Contains(kind))
                {
                    AssertAnswered(response);
                }
                else
                {
                    AssertRefused(Reasons.ColumnNotOffered, response);
                }
            }
        }
    }

    [Fact]
    public async Task Units_are_counted_where_the_word_units_stands_at_the_identifier()
    {
        void Units(JointQuery query) => query.Fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Units, Argument = new Expression { Column = "worker_id" } };
        await OfferAsync(terms => List(terms, ("region", [ColumnUse.Group]), ("kwh", [ColumnUse.Corr])));
        AssertRefused(Reasons.ColumnNotOffered, await SendAsync(Units));
        // What was agreed stays the most there is: a word more needs a new agreement.
        await OfferAsync(terms => List(terms, ("region", [ColumnUse.Group]), ("worker_id", [ColumnUse.Units])));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _joint.AgreeAsync();
        AssertAnswered(await SendAsync(Units));
    }

    [Fact]
    public async Task Sums_that_break_a_rule_of_today_stay_with_the_owner()
    {
        static void Sums(JointQuery query) => query.Fragment.Aggregates[0] = Of(AggregateKind.Sum);
        foreach (var (passes, breaks, rule) in new (Action<Disclosure>, Action<Disclosure>, HidingRule)[]
        {
            (rules => rules.DominancePercent = 16, rules => rules.DominancePercent = 15, HidingRule.Dominance),
            (rules => rules.DominanceN = 13, rules => rules.DominanceN = 14, HidingRule.Dominance),
            (rules => rules.Coalition = 13, rules => rules.Coalition = 14, HidingRule.PPercent),
            (rules => (rules.Coalition, rules.PPercent) = (13, 74), rules => (rules.Coalition, rules.PPercent) = (13, 75), HidingRule.PPercent),
        })
        {
            // South has 15 workers with 40 to 54 each; the agreed threshold hides the cell of five workers in any case.
            await OfferAsync(terms => passes(terms.Disclosure));
            Assert.Equal(2, AnswerOf(await SendAsync(Sums)).CellCount);
            await OfferAsync(terms => breaks(terms.Disclosure));
            var answer = AnswerOf(await SendAsync(Sums));
            Assert.Equal(1, answer.CellCount);
            Assert.Contains(answer.Hidden, hidden => hidden.Rule == rule);
        }
    }

    [Fact]
    public async Task Another_release_class_than_the_agreed_one_is_refused()
    {
        foreach (var release in new[] { ReleaseClass.Table, ReleaseClass.Noisy, ReleaseClass.Unspecified })
        {
            AssertRefused(Reasons.OtherReleaseClass, await SendAsync(query => query.Release = release));
        }
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(6, 2)]
    [InlineData(41, 0)]
    public async Task Cells_on_fewer_units_than_min_units_stay_with_the_owner(int minUnits, int cells)
    {
        // The agreed threshold of 10 hides the cell of 5 units; a looser one of today must not uncover it without a new agreement.
        await OfferAsync(terms => terms.Disclosure.MinUnits = minUnits);
        Assert.Equal(Math.Min(cells, 2), AnswerOf(await SendAsync()).CellCount);

        // Of two agreements of one moment, which is listed first is chance.
        _time.Advance(TimeSpan.FromSeconds(1));
        await _joint.AgreeAsync();
        var answer = AnswerOf(await SendAsync());
        Assert.Equal((cells, 3 - cells), (answer.CellCount, answer.SuppressedCells));
    }

    [Fact]
    public async Task An_agreement_answers_until_its_last_moment()
    {
        using var lab = _joint.ClientOf("lab");
        var outcomes = await lab.Agreements.RequestAsync(
            new RequestAgreementsRequest
            {
                Product = "readings/1",
                Purpose = JointExchange.Purpose,
                Participants = { "alpha" },
                UntilTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow().AddMinutes(1)),
            },
            Cancellation);
        var id = AgreementTerms.Parser.ParseFrom(Assert.Single(outcomes).Agreement.ConsumerSigned.Payload).Id;

        _time.Advance(TimeSpan.FromSeconds(59));
        AssertAnswered(await SendAsync(id));
        _time.Advance(TimeSpan.FromSeconds(1));
        AssertRefused(Reasons.AgreementExpired, await SendAsync(id));
    }

    [Fact]
    public async Task The_last_query_of_the_day_is_answered_and_the_next_one_refused()
    {
        await OfferAsync(terms => terms.QueriesPerDay = 1);
        AssertAnswered(await SendAsync());
        AssertRefused(Reasons.QueryQuotaExceeded, await SendAsync());
    }

    [Fact]
    public async Task Another_agreement_of_the_same_consumer_gives_no_further_queries_of_the_day()
    {
        await OfferAsync(terms => terms.QueriesPerDay = 2);
        var first = await _joint.AgreementWithAsync("alpha");
        await _joint.AgreeAsync();
        using var lab = _joint.ClientOf("lab");
        var second = (await lab.Agreements.ListAsync(Cancellation)).Select(agreement => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload))
            .First(terms => terms.Provider == "alpha" && terms.Id != first).Id;

        AssertAnswered(await SendAsync(first));
        AssertAnswered(await SendAsync(second));
        AssertRefused(Reasons.QueryQuotaExceeded, await SendAsync(second));
        AssertRefused(Reasons.QueryQuotaExceeded, await SendAsync(first));

        _time.Advance(TimeSpan.FromHours(24));
        AssertAnswered(await SendAsync(first));
    }

    [Fact]
    public async Task An_agreement_before_both_signatures_answers_nothing()
    {
        await OfferAsync(terms => terms.Approval = Approval.Manual);
        using var lab = _joint.ClientOf("lab");
        using var alpha = _joint.ClientOf("alpha");
        var outcomes = await lab.Agreements.RequestAsync(
            new RequestAgreementsRequest { Product = "readings/1", Purpose = JointExchange.Purpose, Participants = { "alpha" } }, Cancellation);
        var id = AgreementTerms.Parser.ParseFrom(Assert.Single(outcomes).Agreement.ConsumerSigned.Payload).Id;
        AssertRefused(Reasons.AgreementNotFinalized, await SendAsync(id));

        await alpha.Agreements.CounterAsync(new CounterAgreementRequest { AgreementId = id, UntilTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow().AddDays(1)) }, Cancellation);
        AssertRefused(Reasons.AgreementNotFinalized, await SendAsync(id));

        await lab.Agreements.AcceptAsync(id, 0, Cancellation);
        AssertAnswered(await SendAsync(id));
    }

    private async Task OfferAsync(Action<OfferTerms> change)
    {
        using var alpha = _joint.ClientOf("alpha");
        var terms = OfferFile.Read(_joint.Exchange.PathOf("offer.yaml"));
        change(terms);
        await alpha.Offers.SetAsync(terms, Cancellation);
    }

    private async Task<RunFragmentResponse> SendAsync(Action<JointQuery>? change = null) => await SendAsync(await _joint.AgreementWithAsync("alpha"), change);

    private Task<RunFragmentResponse> SendAsync(string agreementId, Action<JointQuery>? change = null) =>
        _joint.SendAsync("alpha", new RunFragmentRequest { Query = _joint.Sign(_joint.Query(change)), AgreementId = agreementId });

    private static void List(OfferTerms terms, params (string Column, ColumnUse[] Uses)[] rules)
    {
        terms.ColumnsListed = true;
        terms.Columns.AddRange(rules.Select(rule => new ColumnRule { Column = rule.Column, Uses = { rule.Uses } }));
    }

    private static Aggregate Of(AggregateKind kind) => new()
    {
        Kind = kind,
        Argument = new Expression { Column = "kwh" },
        SecondArgument = kind == AggregateKind.Comoments ? new Expression { Column = "kwh" } : null,
    };

    private static FragmentAnswer AnswerOf(RunFragmentResponse response)
    {
        AssertAnswered(response);
        return FragmentAnswer.Parser.ParseFrom(response.Answer);
    }

    private static void AssertAnswered(RunFragmentResponse response) => Assert.Null(response.Refusal?.Reason);

    private static void AssertRefused(ErrorReason reason, RunFragmentResponse response)
    {
        Assert.Equal(reason.Name, response.Refusal?.Reason);
        Assert.NotNull(response.Receipt);
    }
}
