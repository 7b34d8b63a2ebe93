using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using AcceptAgreementRequest = Exchange.Protocol.Owner.V1.AcceptAgreementRequest;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementCounterTests(TradingExchange trading) : IClassFixture<TradingExchange>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accepted_other_terms_are_in_force_with_both_signatures_over_them()
    {
        var (id, stricter) = await CounteredAsync("accepted");
        var offered = await trading.HeldByAsync(trading.Lab, id);
        Assert.Equal((AgreementState.Offered, 1, "Only with a higher threshold."), (offered.State, offered.Round, offered.Note));
        Assert.Null(offered.ProviderSigned);
        AssertNothingInForce(id, "accepted");

        var accepted = await AcceptAsync(id);

        Assert.Equal(AgreementState.Finalized, accepted.State);
        Assert.Equal(accepted, await trading.HeldByAsync(trading.Lab, id));
        var atMill = await trading.HeldByAsync(trading.Mill, id);
        Assert.Equal((atMill.ConsumerSigned, atMill.ProviderSigned), (accepted.ConsumerSigned, accepted.ProviderSigned));
        Assert.Equal(accepted.ConsumerSigned.Payload, accepted.ProviderSigned.Payload);
        Assert.Equal(stricter, AgreementTerms.Parser.ParseFrom(accepted.ProviderSigned.Payload).Offer);
        Assert.Equal(50, Admit(id, "accepted").Disclosure.MinUnits);
        Assert.Equal(id, Assert.Single(trading.InForceAt(trading.Lab, "accepted")).Id);
        string[] events = ["agreement.requested", "agreement.countered", "agreement.accepted", "agreement.finalized"];
        Assert.Equal(events, TradingExchange.LeavesAbout(trading.Mill, id));
        Assert.Equal(events, TradingExchange.LeavesAbout(trading.Lab, id));
    }

    [Fact]
    public async Task A_declined_counter_offer_ends_at_both_with_the_consumers_words()
    {
        var (id, _) = await CounteredAsync("declined");

        await TradingExchange.Desk(trading.Lab).RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id, Note = "Too little." }, cancellationToken: Cancellation);

        foreach (var node in new[] { trading.Mill, trading.Lab })
        {
            var held = await trading.HeldByAsync(node, id);
            Assert.Equal((AgreementState.Terminated, TerminationReason.Declined, "Too little."), (held.State, held.TerminationReason, held.Note));
            Assert.Equal("agreement.declined", TradingExchange.LeavesAbout(node, id)[^1]);
        }

        Assert.Equal(Reasons.AgreementDeclined, await AcceptReasonAsync(id));
        AssertNothingInForce(id, "declined", Reasons.AgreementDeclined);
    }

    [Fact]
    public async Task A_counter_offer_taken_back_cannot_be_accepted_any_more()
    {
        var (id, _) = await CounteredAsync("withdrawn");
        await TradingExchange.Desk(trading.Mill).RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id, Note = "No, after all." }, cancellationToken: Cancellation);

        Assert.Equal(Reasons.AgreementRejected, await AcceptReasonAsync(id));
        var held = await trading.HeldByAsync(trading.Lab, id);
        Assert.Equal((TerminationReason.Rejected, "No, after all."), (held.TerminationReason, held.Note));
    }

    [Fact]
    public async Task An_acceptance_that_crosses_another_counter_offer_binds_nobody()
    {
        var (id, _) = await CounteredAsync("crossing");
        trading.Line.Fault = Fault.Unheard;
        await CounterAsync(id, request => request.UntilTime = In(days: 2));
        Assert.Equal(AgreementState.Accepted, (await AcceptAsync(id)).State);
        AssertNothingInForce(id, "crossing");
        trading.Line.Fault = Fault.None;

        // The word still owed reaches the owner, who refuses it; the consumer then holds what the owner has said since.
        await TradingExchange.Desk(trading.Lab).ListAgreementsAsync(new ListAgreementsRequest(), cancellationToken: Cancellation);

        var held = await trading.HeldByAsync(trading.Lab, id);
        Assert.Equal((AgreementState.Offered, 2), (held.State, held.Round));
        AssertNothingInForce(id, "crossing");
        Assert.Equal(Reasons.AgreementTermsChanged, await AcceptReasonAsync(id, round: 1));
        Assert.Equal(AgreementState.Finalized, (await AcceptAsync(id, round: 2)).State);
        Assert.Equal(In(days: 2).ToDateTimeOffset(), Admitted(id).End, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_owner_makes_a_bounded_number_of_counter_offers()
    {
        var (id, _) = await CounteredAsync("bounded-rounds");
        for (var round = 2; round <= AgreementLifecycle.RoundsMax; round++)
        {
            var next = await CounterAsync(id, request => request.UntilTime = In(days: round));
            Assert.Equal(round, next.Round);
        }

        Assert.Equal(Reasons.AgreementRoundsExhausted, await CounterReasonAsync(id, request => request.UntilTime = In(days: 1)));
        Assert.Equal(AgreementState.Finalized, (await AcceptAsync(id)).State);
    }

    [Fact]
    public async Task The_same_counter_offer_again_is_no_new_round()
    {
        var (id, _) = await CounteredAsync("same-again");

        Assert.Equal(1, (await CounterAsync(id)).Round);
        Assert.Single(TradingExchange.LeavesAbout(trading.Mill, id), "agreement.countered");
    }

    [Fact]
    public async Task A_counter_offer_gives_something_else_and_no_more_than_was_asked_for()
    {
        var (_, terms) = await trading.AgreeAsync("counters", offer => offer.Approval = Approval.Manual);
        await trading.OfferAsync("other-purpose");
        await trading.OfferAsync("for-rival", offer =>
        {
            offer.Purposes[0] = "counters";
            offer.Consumers = new Consumers { Participants = { "rival" } };
        });

        Assert.Equal(Reasons.AgreementCounterInvalid, await CounterReasonAsync(terms.Id, _ => { }));
        Assert.Equal(Reasons.AgreementCounterInvalid, await CounterReasonAsync(terms.Id, request => request.UntilTime = In(days: 20)));
        Assert.Equal(Reasons.AgreementCounterInvalid, await CounterReasonAsync(terms.Id, request => request.UntilTime = In(days: -1)));
        Assert.Equal(Reasons.NoMatchingOffer, await CounterReasonAsync(terms.Id, request => request.Offer = "nothing"));
        Assert.Equal(Reasons.NoMatchingOffer, await CounterReasonAsync(terms.Id, request => request.Offer = "for-rival"));
        Assert.Equal(Reasons.PurposeNotOffered, await CounterReasonAsync(terms.Id, request => request.Offer = "other-purpose"));
        Assert.Equal(Reasons.InvalidRequest, await CounterReasonAsync(terms.Id, request => (request.UntilTime, request.Note) = (In(days: 1), new string('n', 501))));
        Assert.Equal(AgreementState.Requested, (await trading.HeldByAsync(trading.Lab, terms.Id)).State);
    }

    [Fact]
    public async Task Only_the_owner_counters_and_only_the_consumer_accepts()
    {
        var (id, _) = await CounteredAsync("roles");

        Assert.Equal(Reasons.NotAgreementOwner, await TradingExchange.ReasonOfAsync(TradingExchange.Desk(trading.Lab).CounterAgreementAsync(
            new CounterAgreementRequest { AgreementId = id, UntilTime = In(days: 1) }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.NotAgreementConsumer, await TradingExchange.ReasonOfAsync(TradingExchange.Desk(trading.Mill).AcceptAgreementAsync(
            new AcceptAgreementRequest { AgreementId = id }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.AgreementOffered, await TradingExchange.ReasonOfAsync(TradingExchange.Desk(trading.Mill).ApproveAgreementAsync(
            new ApproveAgreementRequest { AgreementId = id }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task An_owner_believes_no_acceptance_but_the_consumers_under_the_newest_counter_offer()
    {
        var (id, _) = await CounteredAsync("forged-acceptance");
        var countered = (await trading.HeldByAsync(trading.Mill, id)).Countered.Payload;
        var labKey = TradingExchange.Inside<NodeIdentity>(trading.Lab).SigningKey;
        var rivalKey = TradingExchange.Inside<NodeIdentity>(trading.Rival).SigningKey;
        var better = new AgreementTerms(AgreementTerms.Parser.ParseFrom(countered));
        better.Offer.Terms.Disclosure.MinUnits = 1;
        var lab = new AgreementClient(await TradingExchange.PeerAsync(trading.Lab, trading.Mill));
        var rival = new AgreementClient(await TradingExchange.PeerAsync(trading.Rival, trading.Mill));

        async Task<ErrorReason> ReasonAsync(AgreementClient caller, ByteString payload, SigningKey key, string type = SignedMessage.Agreement) => await TradingExchange.ReasonOfAsync(
            caller.AcceptAgreementAsync(new Protocol.Agreement.V1.AcceptAgreementRequest { Terms = SignedMessage.Sign(type, payload, key) }, cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(Reasons.AgreementSignatureInvalid, await ReasonAsync(lab, countered, rivalKey));
        Assert.Equal(Reasons.AgreementSignatureInvalid, await ReasonAsync(lab, countered, labKey, SignedMessage.CounterOffer));
        Assert.Equal(Reasons.AgreementUnknown, await ReasonAsync(rival, countered, rivalKey));
        Assert.Equal(Reasons.AgreementTermsChanged, await ReasonAsync(lab, better.ToByteString(), labKey));
        AssertNothingInForce(id, "forged-acceptance");
    }

    [Fact]
    public async Task A_consumer_believes_no_counter_offer_without_the_owners_signature_or_for_something_else()
    {
        var (requested, terms) = await trading.AgreeAsync("believed-counter", offer => offer.Approval = Approval.Manual);
        var millKey = TradingExchange.Inside<NodeIdentity>(trading.Mill).SigningKey;
        var toLab = new AgreementClient(await TradingExchange.PeerAsync(trading.Mill, trading.Lab));
        using var forger = SigningKey.Create();

        async Task<ErrorReason> ReasonAsync(Action<AgreementTerms> change, SigningKey? key = null, string type = SignedMessage.CounterOffer, int round = 1)
        {
            var counter = new AgreementTerms(terms) { EndTime = In(days: 1) };
            change(counter);
            var said = new Agreement(requested) { State = AgreementState.Offered, Round = round, Countered = SignedMessage.Sign(type, counter, key ?? millKey) };
            return await TradingExchange.ReasonOfAsync(toLab.NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = said }, cancellationToken: Cancellation).ResponseAsync);
        }

        Assert.Equal(Reasons.AgreementSignatureInvalid, await ReasonAsync(_ => { }, forger));
        Assert.Equal(Reasons.AgreementSignatureInvalid, await ReasonAsync(_ => { }, type: SignedMessage.Agreement));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(counter => counter.Purpose = "marketing"));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(counter => counter.Consumer = "rival"));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(counter => counter.EndTime = In(days: 30)));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(counter => counter.Offer.Terms.Product = "readings/2"));
        Assert.Equal(Reasons.AgreementInvalid, await ReasonAsync(_ => { }, round: AgreementLifecycle.RoundsMax + 1));
        Assert.Equal(AgreementState.Requested, (await trading.HeldByAsync(trading.Lab, terms.Id)).State);
    }

    [Fact]
    public async Task A_participant_may_negotiate_with_itself()
    {
        await trading.OfferAsync("own-counter", offer => offer.Approval = Approval.Manual);
        var desk = TradingExchange.Desk(trading.Mill);
        var requested = (await desk.RequestAgreementsAsync(new RequestAgreementsRequest { Product = "readings/1", Purpose = "own-counter" }, cancellationToken: Cancellation)).Outcomes;
        var id = AgreementTerms.Parser.ParseFrom(Assert.Single(requested).Agreement.ConsumerSigned.Payload).Id;
        await desk.CounterAgreementAsync(new CounterAgreementRequest { AgreementId = id, UntilTime = In(days: 1) }, cancellationToken: Cancellation);

        var accepted = await desk.AcceptAgreementAsync(new AcceptAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);

        Assert.Equal(AgreementState.Finalized, accepted.Agreement.State);
        Assert.Null(TradingExchange.Inside<AgreementOutbox>(trading.Mill).Find(id));
    }

    /// <summary>A request on a manual offer that the owner answered with a stricter version of it.</summary>
    private async Task<(string Id, Offer Stricter)> CounteredAsync(string name)
    {
        var (_, terms) = await trading.AgreeAsync(name, offer => offer.Approval = Approval.Manual);
        var stricter = await trading.OfferAsync(name, offer =>
        {
            offer.Approval = Approval.Manual;
            offer.Disclosure = new Disclosure { MinUnits = 50 };
        });
        await CounterAsync(terms.Id);
        return (terms.Id, stricter);
    }

    private async Task<Agreement> CounterAsync(string id, Action<CounterAgreementRequest>? change = null)
    {
        var request = new CounterAgreementRequest { AgreementId = id, Note = "Only with a higher threshold." };
        change?.Invoke(request);
        return (await TradingExchange.Desk(trading.Mill).CounterAgreementAsync(request, cancellationToken: Cancellation)).Agreement;
    }

    private Task<ErrorReason> CounterReasonAsync(string id, Action<CounterAgreementRequest> change) => TradingExchange.ReasonOfAsync(CounterAsync(id, change));

    private async Task<Agreement> AcceptAsync(string id, int round = 0) =>
        (await TradingExchange.Desk(trading.Lab).AcceptAgreementAsync(new AcceptAgreementRequest { AgreementId = id, Round = round }, cancellationToken: Cancellation)).Agreement;

    private Task<ErrorReason> AcceptReasonAsync(string id, int round = 0) => TradingExchange.ReasonOfAsync(AcceptAsync(id, round));

    private OfferTerms Admit(string id, string purpose) =>
        TradingExchange.Inside<AgreementGate>(trading.Mill).Admit(id, trading.Caller("lab"), "readings/1", purpose, trading.Now);

    private AgreementRecord Admitted(string id) => TradingExchange.Inside<AgreementStore>(trading.Mill).Find(id)!;

    private void AssertNothingInForce(string id, string purpose, ErrorReason? reason = null)
    {
        Assert.Empty(trading.InForceAt(trading.Lab, purpose));
        Assert.Equal(reason ?? Reasons.AgreementNotFinalized, Assert.Throws<ExchangeException>(() => Admit(id, purpose)).Reason);
    }

    private Timestamp In(int days) => Timestamp.FromDateTimeOffset(trading.Now.AddDays(days));
}
