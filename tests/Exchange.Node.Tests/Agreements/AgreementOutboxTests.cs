using Exchange.Node.Agreements;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using AcceptAgreementRequest = Exchange.Protocol.Owner.V1.AcceptAgreementRequest;

namespace Exchange.Node.Tests.Agreements;

/// <summary>
/// Every word that one side owes the other, lost in each of the two ways: before it was heard, and after it was heard and done.
/// The speaker is stopped in between, so nothing but its state remembers.
/// </summary>
public sealed class AgreementOutboxTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TradingExchange _trading;

    public AgreementOutboxTests() => _trading = new TradingExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _trading.InitializeAsync();

    public ValueTask DisposeAsync() => _trading.DisposeAsync();

    /// <summary>What is said, where the agreement then stands at both, and what the listener's log says of it.</summary>
    public static TheoryData<string, string, string, Fault> Words
    {
        get
        {
            var data = new TheoryData<string, string, string, Fault>();
            foreach (var fault in new[] { Fault.Unheard, Fault.Unanswered })
            {
                data.Add("request on an automatic offer", "Finalized", "requested finalized", fault);
                data.Add("request on a manual offer", "Requested", "requested", fault);
                data.Add("approval", "Finalized", "requested finalized", fault);
                data.Add("rejection", "Rejected", "requested rejected", fault);
                data.Add("revocation", "Revoked", "requested finalized revoked", fault);
                data.Add("counter-offer", "Offered", "requested countered", fault);
                data.Add("acceptance", "Finalized", "requested countered accepted finalized", fault);
                data.Add("decline", "Declined", "requested countered declined", fault);
            }

            return data;
        }
    }

    [Fact]
    public async Task Words_that_were_tried_in_vain_are_named_by_the_check_up_until_they_arrive()
    {
        async Task<NodeCheck> AgreementsCheckAsync() => (await new Protocol.Owner.V1.NodeService.NodeServiceClient(_trading.Mill.Owner)
            .CheckNodeAsync(new CheckNodeRequest(), cancellationToken: Cancellation)).Checks.Single(check => check.Name == "agreements");
        var id = await PrepareAsync("revocation");
        Assert.Equal(CheckResult.Ok, (await AgreementsCheckAsync()).Result);

        _trading.Line.Fault = Fault.Unheard;
        await SayAsync("revocation", id);

        var check = await AgreementsCheckAsync();
        Assert.Equal(CheckResult.Warning, check.Result);
        Assert.Contains("lab", check.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Words))]
    public async Task A_word_that_was_lost_arrives_once_the_line_is_mended(string word, string standing, string leaves, Fault fault)
    {
        var id = await PrepareAsync(word);
        var (speaker, listener) = word.StartsWith("request", StringComparison.Ordinal) || word is "acceptance" or "decline"
            ? (_trading.Lab, _trading.Mill) : (_trading.Mill, _trading.Lab);
        _trading.Line.Fault = fault;

        id = await SayAsync(word, id);

        if (fault == Fault.Unheard)
        {
            Assert.NotEqual(standing, StandingAt(listener, id));
        }
        else
        {
            Assert.Equal(standing, StandingAt(listener, id));
        }

        Assert.NotNull(TradingExchange.Inside<AgreementOutbox>(speaker).Find(id));
        await RestartAsync(speaker);
        _trading.Line.Fault = Fault.None;
        Assert.Null(await TradingExchange.Inside<AgreementDelivery>(speaker).DeliverAsync(id, Cancellation));

        Assert.Equal(standing, StandingAt(listener, id));
        Assert.Equal(standing, StandingAt(speaker, id));
        Assert.Null(TradingExchange.Inside<AgreementOutbox>(speaker).Find(id));
        Assert.Equal(leaves.Split(' ').Select(leaf => "agreement." + leaf), TradingExchange.LeavesAbout(listener, id));
    }

    [Fact]
    public async Task A_listener_that_was_down_when_the_owner_revoked_hears_of_it_when_both_are_back()
    {
        var (_, terms) = await _trading.AgreeAsync("both-down");
        await _trading.Lab.StopAsync();
        await TradingExchange.Desk(_trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation);
        await _trading.Mill.StopAsync();
        await _trading.Lab.StartAsync(Cancellation);
        await _trading.Mill.StartAsync(Cancellation);
        await _trading.Exchange.RefreshAsync();

        Assert.Null(await TradingExchange.Inside<AgreementDelivery>(_trading.Mill).DeliverAsync(terms.Id, Cancellation));

        Assert.Equal("Revoked", StandingAt(_trading.Lab, terms.Id));
    }

    [Fact]
    public async Task A_later_decision_takes_the_place_of_one_that_was_not_told()
    {
        var (_, terms) = await _trading.AgreeAsync("overtaken", offer => offer.Approval = Approval.Manual);
        _trading.Line.Fault = Fault.Unheard;
        await SayAsync("approval", terms.Id);
        await SayAsync("revocation", terms.Id);
        _trading.Line.Fault = Fault.None;

        await DeliverAfterAsync(_trading.Mill, TimeSpan.Zero);
        await DeliverAfterAsync(_trading.Mill, AgreementOutbox.LongestPause);

        Assert.Equal("Revoked", StandingAt(_trading.Lab, terms.Id));
        Assert.Null(TradingExchange.Inside<AgreementOutbox>(_trading.Mill).Find(terms.Id));
    }

    [Fact]
    public async Task Attempts_come_ever_more_seldom_and_end_when_nobody_cares_any_more()
    {
        var outbox = TradingExchange.Inside<AgreementOutbox>(_trading.Mill);
        var (_, terms) = await _trading.AgreeAsync("seldom");
        _trading.Line.Fault = Fault.Unheard;
        await SayAsync("revocation", terms.Id);
        Assert.Equal(1, outbox.Find(terms.Id)!.Attempts);
        Assert.Empty(outbox.Due(10));

        await DeliverAfterAsync(_trading.Mill, AgreementOutbox.FirstPause);
        Assert.InRange(outbox.Find(terms.Id)!.Attempts, 2, 3);

        await DeliverAfterAsync(_trading.Mill, terms.EndTime.ToDateTimeOffset() - _trading.Now + AgreementDelivery.ForgottenAfter + TimeSpan.FromMinutes(1));
        Assert.Null(outbox.Find(terms.Id));
    }

    [Fact]
    public void Pauses_double_up_to_the_longest()
    {
        var pauses = Enumerable.Range(1, 100).Select(AgreementOutbox.PauseAfter).ToList();

        Assert.Equal(AgreementOutbox.FirstPause, pauses[0]);
        Assert.Equal(2 * AgreementOutbox.FirstPause, pauses[1]);
        Assert.Equal(AgreementOutbox.LongestPause, pauses.Max());
        Assert.Equal(pauses.Order(), pauses);
    }

    [Fact]
    public async Task A_request_that_reaches_its_owner_too_late_ends_with_the_owners_reason()
    {
        await _trading.OfferAsync("too-late");
        _trading.Line.Fault = Fault.Unheard;
        var id = await SayAsync("request on an automatic offer", "too-late");
        Assert.Equal("Requested", StandingAt(_trading.Lab, id));
        _trading.Line.Fault = Fault.None;

        _time.Advance(AgreementRequestRules.RequestAgeMax + TimeSpan.FromMinutes(1));
        await TradingExchange.Inside<AgreementDelivery>(_trading.Lab).DeliverAsync(id, Cancellation);

        Assert.Equal("Rejected", StandingAt(_trading.Lab, id));
        Assert.StartsWith(Reasons.AgreementInvalid.Name, (await _trading.HeldByAsync(_trading.Lab, id)).Note, StringComparison.Ordinal);
        Assert.Null(TradingExchange.Inside<AgreementStore>(_trading.Mill).Find(id));
    }

    [Fact]
    public async Task A_person_who_looks_at_the_list_needs_not_wait_for_the_next_attempt()
    {
        await _trading.OfferAsync("looked-at");
        _trading.Line.Fault = Fault.Unanswered;
        var id = await SayAsync("request on an automatic offer", "looked-at");
        _trading.Line.Fault = Fault.None;

        await TradingExchange.Desk(_trading.Lab).ListAgreementsAsync(new ListAgreementsRequest(), cancellationToken: Cancellation);

        Assert.Equal("Finalized", StandingAt(_trading.Lab, id));
    }

    /// <summary>Brings an agreement, or only an offer, to where the word can be said.</summary>
    private async Task<string> PrepareAsync(string word)
    {
        var name = word.Replace(' ', '-');
        if (word.StartsWith("request", StringComparison.Ordinal))
        {
            await _trading.OfferAsync(name, offer => offer.Approval = word.Contains("manual", StringComparison.Ordinal) ? Approval.Manual : Approval.Automatic);
            return name;
        }

        var (_, terms) = await _trading.AgreeAsync(name, offer => offer.Approval = word == "revocation" ? Approval.Automatic : Approval.Manual);
        if (word is "acceptance" or "decline")
        {
            await SayAsync("counter-offer", terms.Id);
        }

        return terms.Id;
    }

    private async Task<string> SayAsync(string word, string id)
    {
        var mill = TradingExchange.Desk(_trading.Mill);
        var lab = TradingExchange.Desk(_trading.Lab);
        switch (word)
        {
            case "approval":
                await mill.ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
                break;
            case "rejection":
                await mill.RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
                break;
            case "revocation":
                await mill.RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
                break;
            case "counter-offer":
                await mill.CounterAgreementAsync(
                    new CounterAgreementRequest { AgreementId = id, UntilTime = Timestamp.FromDateTimeOffset(_trading.Now.AddDays(1)) }, cancellationToken: Cancellation);
                break;
            case "acceptance":
                await lab.AcceptAgreementAsync(new AcceptAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
                break;
            case "decline":
                await lab.RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
                break;
            default:
                return AgreementTerms.Parser.ParseFrom((await _trading.RequestAsync(id)).Agreement.ConsumerSigned.Payload).Id;
        }

        return id;
    }

    private async Task RestartAsync(TestNode node)
    {
        await node.StopAsync();
        await node.StartAsync(Cancellation);
        await _trading.Exchange.RefreshAsync();
    }

    private async Task DeliverAfterAsync(TestNode speaker, TimeSpan pause)
    {
        _time.Advance(pause);
        await TradingExchange.Inside<AgreementDelivery>(speaker).DeliverDueAsync(Cancellation);
    }

    private static string StandingAt(TestNode node, string id) => TradingExchange.Inside<AgreementStore>(node).Find(id)?.Written switch
    {
        null => "none",
        { State: AgreementState.Terminated } ended => ended.Reason.ToString(),
        { } standing => standing.State.ToString(),
    };
}
