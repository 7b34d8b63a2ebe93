using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementRenewalTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TradingExchange _trading;

    public AgreementRenewalTests() => _trading = new TradingExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _trading.InitializeAsync();

    public ValueTask DisposeAsync() => _trading.DisposeAsync();

    [Fact]
    public async Task A_renewal_names_its_predecessor_and_takes_over_while_that_runs_to_its_own_end()
    {
        var first = await ShortAsync("renewed");

        var second = TermsOf(await RenewAsync(first.Id));

        Assert.Equal(first.Id, second.Renews);
        Assert.Equal((first.Provider, first.Consumer, first.Purpose), (second.Provider, second.Consumer, second.Purpose));
        Assert.Equal(second.Id, Assert.Single(_trading.InForceAt(_trading.Lab, "renewed")).Id);
        Assert.NotNull(Admit(first));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Reasons.AgreementExpired, Assert.Throws<ExchangeException>(() => Admit(first)).Reason);
        Assert.NotNull(Admit(second));
        Assert.Equal(second.Id, Assert.Single(_trading.InForceAt(_trading.Lab, "renewed")).Id);
    }

    [Fact]
    public async Task A_renewal_is_decided_by_the_offer_of_today()
    {
        var first = await ShortAsync("tightened");
        var today = await _trading.OfferAsync("tightened", offer =>
        {
            offer.Approval = Approval.Manual;
            offer.Disclosure = new Disclosure { MinUnits = 50 };
        });

        var requested = await RenewAsync(first.Id);

        Assert.Equal(AgreementState.Requested, requested.State);
        Assert.Equal(today, TermsOf(requested).Offer);
        Assert.Equal(first.Id, Assert.Single(_trading.InForceAt(_trading.Lab, "tightened")).Id);
        await TradingExchange.Desk(_trading.Mill).ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = TermsOf(requested).Id }, cancellationToken: Cancellation);
        Assert.Equal(TermsOf(requested).Id, Assert.Single(_trading.InForceAt(_trading.Lab, "tightened")).Id);
    }

    [Fact]
    public async Task What_was_revoked_or_is_over_cannot_be_renewed()
    {
        var revoked = await ShortAsync("revoked-renewal");
        await TradingExchange.Desk(_trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = revoked.Id }, cancellationToken: Cancellation);
        var over = await ShortAsync("late-renewal");
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(Reasons.AgreementRevoked, await TradingExchange.ReasonOfAsync(RenewAsync(revoked.Id)));
        Assert.Equal(Reasons.AgreementExpired, await TradingExchange.ReasonOfAsync(RenewAsync(over.Id)));
    }

    [Fact]
    public async Task A_renewal_ends_later_and_is_asked_for_by_the_consumer()
    {
        var first = await ShortAsync("not-later");

        Assert.Equal(Reasons.RenewalNotLater, await TradingExchange.ReasonOfAsync(RenewAsync(first.Id, first.EndTime)));
        Assert.Equal(Reasons.InvalidRequest, await TradingExchange.ReasonOfAsync(RenewAsync(first.Id, Timestamp.FromDateTimeOffset(_trading.Now.AddDays(-1)))));
        Assert.Equal(Reasons.NotAgreementConsumer, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(_trading.Mill).RenewAgreementAsync(new RenewAgreementRequest { AgreementId = first.Id }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task An_offer_that_no_longer_covers_the_consumer_renews_nothing()
    {
        var first = await ShortAsync("shut-out");
        await _trading.OfferAsync("shut-out", offer => offer.Consumers = new Consumers { Participants = { "rival" } });

        Assert.Equal(Reasons.NoMatchingOffer, await TradingExchange.ReasonOfAsync(RenewAsync(first.Id)));
    }

    [Fact]
    public async Task An_owner_checks_the_predecessor_that_a_request_names()
    {
        var first = await ShortAsync("checked-predecessor");
        var offer = await _trading.OfferAsync("other-use");
        var labKey = TradingExchange.Inside<NodeIdentity>(_trading.Lab).SigningKey;
        var toMill = new AgreementClient(await TradingExchange.PeerAsync(_trading.Lab, _trading.Mill));
        async Task<ErrorReason> ReasonAsync(string renews)
        {
            var terms = new AgreementTerms(first) { Id = Identifiers.NewId(), Renews = renews, Offer = offer, Purpose = "other-use", EndTime = offer.Terms.ExpireTime };
            return await TradingExchange.ReasonOfAsync(toMill.RequestAgreementAsync(
                new RequestAgreementRequest { Terms = SignedMessage.Sign(SignedMessage.Agreement, terms, labKey) }, cancellationToken: Cancellation).ResponseAsync);
        }

        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(first.Id));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(Identifiers.NewId()));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync("short"));
    }

    [Fact]
    public async Task A_renewal_whose_answer_was_lost_is_the_same_renewal_later()
    {
        var first = await ShortAsync("lost-renewal");
        _trading.Line.Fault = Fault.Unanswered;
        var requested = await RenewAsync(first.Id);
        Assert.Equal(AgreementState.Requested, requested.State);
        _trading.Line.Fault = Fault.None;

        _time.Advance(AgreementOutbox.FirstPause);
        await TradingExchange.Inside<AgreementDelivery>(_trading.Lab).DeliverDueAsync(Cancellation);

        Assert.Equal(AgreementState.Finalized, (await _trading.HeldByAsync(_trading.Lab, TermsOf(requested).Id)).State);
        var atMill = await TradingExchange.Desk(_trading.Mill).ListAgreementsAsync(new ListAgreementsRequest(), cancellationToken: Cancellation);
        Assert.Single(atMill.Agreements, agreement => TermsOf(agreement).Renews == first.Id);
    }

    // An agreement that ends a minute from now, on an offer of ten days.
    private async Task<AgreementTerms> ShortAsync(string name)
    {
        await _trading.OfferAsync(name);
        return TermsOf((await _trading.RequestAsync(name, request => request.UntilTime = Timestamp.FromDateTimeOffset(_trading.Now.AddMinutes(1)))).Agreement);
    }

    private async Task<Agreement> RenewAsync(string id, Timestamp? until = null) => (await TradingExchange.Desk(_trading.Lab).RenewAgreementAsync(
        new RenewAgreementRequest { AgreementId = id, UntilTime = until }, cancellationToken: Cancellation)).Agreement;

    private OfferTerms Admit(AgreementTerms terms) =>
        TradingExchange.Inside<AgreementGate>(_trading.Mill).Admit(terms.Id, _trading.Caller("lab"), "readings/1", terms.Purpose, _trading.Now);

    private static AgreementTerms TermsOf(Agreement agreement) => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload);
}
