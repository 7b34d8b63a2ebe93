using Exchange.Node.Agreements;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementFlowTests(TradingExchange trading) : IClassFixture<TradingExchange>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_matching_request_is_approved_at_once_and_both_hold_both_signatures()
    {
        var (agreement, terms) = await trading.AgreeAsync("automatic");

        var atMill = await trading.HeldByAsync(trading.Mill, terms.Id);
        Assert.Equal(AgreementState.Finalized, agreement.State);
        Assert.Equal(AgreementState.Finalized, atMill.State);
        Assert.Equal(agreement.ProviderSigned, atMill.ProviderSigned);
        Assert.Equal(agreement.ConsumerSigned.Payload, agreement.ProviderSigned.Payload);
        Assert.Equal(["agreement.requested", "agreement.finalized"], TradingExchange.LeavesAbout(trading.Mill, terms.Id));
        Assert.Equal(terms.Id, Assert.Single(trading.InForceAt(trading.Lab, "automatic")).Id);
    }

    [Fact]
    public async Task A_manual_offer_waits_for_a_person_and_the_consumer_is_told_of_the_approval()
    {
        var (agreement, terms) = await trading.AgreeAsync("manual", offer => offer.Approval = Approval.Manual);
        Assert.Equal(AgreementState.Requested, agreement.State);
        Assert.Equal(Reasons.AgreementNotFinalized, GateReason(terms, "lab"));

        await TradingExchange.Desk(trading.Mill).ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = terms.Id[..8] }, cancellationToken: Cancellation);

        var atLab = await trading.HeldByAsync(trading.Lab, terms.Id);
        Assert.Equal(AgreementState.Finalized, atLab.State);
        Assert.NotNull(atLab.ProviderSigned);
        Assert.NotNull(TradingExchange.Inside<AgreementGate>(trading.Mill).Admit(terms.Id, trading.Caller("lab"), "readings/1", "manual", trading.Now));
        await TradingExchange.Desk(trading.Mill).ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation);
        Assert.Equal(["agreement.requested", "agreement.finalized"], TradingExchange.LeavesAbout(trading.Mill, terms.Id));
    }

    [Fact]
    public async Task A_rejected_request_ends_with_the_owners_note_at_both()
    {
        var (_, terms) = await trading.AgreeAsync("rejected", offer => offer.Approval = Approval.Manual);

        await TradingExchange.Desk(trading.Mill).RejectAgreementAsync(new RejectAgreementRequest { AgreementId = terms.Id, Note = "Not this year." }, cancellationToken: Cancellation);

        var atLab = await trading.HeldByAsync(trading.Lab, terms.Id);
        Assert.Equal((AgreementState.Terminated, TerminationReason.Rejected, "Not this year."), (atLab.State, atLab.TerminationReason, atLab.Note));
        Assert.Equal(Reasons.AgreementRejected, GateReason(terms, "lab"));
        Assert.Equal(Reasons.AgreementRejected, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Mill).ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task A_revoked_agreement_refuses_the_next_fragment_and_the_consumer_is_told()
    {
        var (_, terms) = await trading.AgreeAsync("revoked");
        var gate = TradingExchange.Inside<AgreementGate>(trading.Mill);
        gate.Admit(terms.Id, trading.Caller("lab"), "readings/1", "revoked", trading.Now);

        await TradingExchange.Desk(trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = terms.Id, Note = "Enough." }, cancellationToken: Cancellation);

        Assert.Equal(Reasons.AgreementRevoked, GateReason(terms, "lab"));
        Assert.Equal((AgreementState.Terminated, TerminationReason.Revoked), Standing(await trading.HeldByAsync(trading.Lab, terms.Id)));
        Assert.Empty(trading.InForceAt(trading.Lab, "revoked"));
        Assert.Equal("agreement.revoked", TradingExchange.LeavesAbout(trading.Mill, terms.Id)[^1]);
    }

    [Fact]
    public async Task Only_the_owner_decides_and_only_in_a_fitting_state()
    {
        var (_, terms) = await trading.AgreeAsync("deciding");

        Assert.Equal(Reasons.NotAgreementOwner, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Lab).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.AgreementFinalized, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Mill).RejectAgreementAsync(new RejectAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.InvalidRequest, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Mill).RevokeAgreementAsync(
                new RevokeAgreementRequest { AgreementId = terms.Id, Note = new string('n', 501) }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.InvalidRequest, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = terms.Id[..5] }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(Reasons.AgreementUnknown, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = "000000" }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task The_gate_refuses_another_caller_product_or_purpose()
    {
        var (_, terms) = await trading.AgreeAsync("gated");
        var gate = TradingExchange.Inside<AgreementGate>(trading.Mill);

        Assert.Equal(Reasons.AgreementUnknown, GateReason(terms, "rival"));
        Assert.Equal(Reasons.AgreementUnknown, Reason(() => gate.Admit(Protocol.Naming.Identifiers.NewId(), trading.Caller("lab"), "readings/1", "gated", trading.Now)));
        Assert.Equal(Reasons.AgreementOtherProduct, Reason(() => gate.Admit(terms.Id, trading.Caller("lab"), "readings/2", "gated", trading.Now)));
        Assert.Equal(Reasons.AgreementOtherPurpose, Reason(() => gate.Admit(terms.Id, trading.Caller("lab"), "readings/1", "research", trading.Now)));
        Assert.Equal(Reasons.AgreementExpired, Reason(() => gate.Admit(terms.Id, trading.Caller("lab"), "readings/1", "gated", terms.EndTime.ToDateTimeOffset())));

        var accredited = trading.Caller("lab");
        accredited = accredited with { Participant = new(accredited.Participant) { Purposes = { "marketing" } } };
        Assert.Equal(Reasons.PurposeNotAccredited, Reason(() => gate.Admit(terms.Id, accredited, "readings/1", "gated", trading.Now)));
    }

    [Fact]
    public async Task A_stricter_offer_acts_at_once_a_looser_one_never_and_a_narrower_one_shuts_out()
    {
        var (_, terms) = await trading.AgreeAsync("changing", offer => offer.Disclosure = new Disclosure { MinUnits = 20 });
        var gate = TradingExchange.Inside<AgreementGate>(trading.Mill);
        int MinUnits() => gate.Admit(terms.Id, trading.Caller("lab"), "readings/1", "changing", trading.Now).Disclosure.MinUnits;
        Assert.Equal(20, MinUnits());

        await trading.OfferAsync("changing", offer => offer.Disclosure = new Disclosure { MinUnits = 50 });
        Assert.Equal(50, MinUnits());
        await trading.OfferAsync("changing", offer => offer.Disclosure = new Disclosure { MinUnits = 5 });
        Assert.Equal(20, MinUnits());
        await trading.OfferAsync("changing", offer => offer.Consumers = new Consumers { Participants = { "rival" } });
        Assert.Equal(Reasons.OfferNarrowed, GateReason(terms, "lab"));
    }

    [Fact]
    public async Task The_period_ends_with_the_offer_or_earlier_when_asked()
    {
        var (_, whole) = await trading.AgreeAsync("period");
        Assert.Equal(whole.Offer.Terms.ExpireTime, whole.EndTime);

        var until = Timestamp.FromDateTimeOffset(trading.Now.AddDays(2));
        var shorter = (await trading.RequestAsync("period", request => request.UntilTime = until)).Agreement;
        Assert.Equal(until, AgreementTerms.Parser.ParseFrom(shorter.ConsumerSigned.Payload).EndTime);

        // The one that ends last is the one a query uses.
        Assert.Equal(whole.Id, Assert.Single(trading.InForceAt(trading.Lab, "period")).Id);
    }

    [Fact]
    public async Task Owners_without_a_fitting_offer_are_named_only_when_asked_by_name()
    {
        await trading.OfferAsync("somewhere");

        var wrongPurpose = await trading.RequestAsync("elsewhere");
        Assert.Equal("PURPOSE_NOT_OFFERED", wrongPurpose.Refusal.Reason);
        var noOffer = await trading.RequestAsync("somewhere", request => request.Participants[0] = "rival");
        Assert.Equal("NO_MATCHING_OFFER", noOffer.Refusal.Reason);
        var nobody = await trading.RequestAsync("somewhere", request => request.Participants[0] = "nobody");
        Assert.Equal("PARTICIPANT_UNKNOWN", nobody.Refusal.Reason);
        var everybody = await trading.RequestAsync("somewhere", request => request.Participants.Clear());
        Assert.Equal(("mill", AgreementState.Finalized), (everybody.ParticipantId, everybody.Agreement.State));
    }

    [Fact]
    public async Task A_participant_may_agree_with_itself()
    {
        await trading.OfferAsync("own-data");

        var outcomes = (await TradingExchange.Desk(trading.Mill).RequestAgreementsAsync(
            new RequestAgreementsRequest { Product = "readings/1", Purpose = "own-data" }, cancellationToken: Cancellation)).Outcomes;

        Assert.Equal(AgreementState.Finalized, Assert.Single(outcomes).Agreement.State);
        Assert.Single(trading.InForceAt(trading.Mill, "own-data"));
    }

    [Fact]
    public async Task Lists_show_the_newest_first_in_pages()
    {
        await trading.OfferAsync("listed");
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Insert(0, AgreementTerms.Parser.ParseFrom((await trading.RequestAsync("listed")).Agreement.ConsumerSigned.Payload).Id);
        }

        var listed = new List<string>();
        var token = "";
        do
        {
            var page = await TradingExchange.Desk(trading.Lab).ListAgreementsAsync(new ListAgreementsRequest { PageSize = 2, PageToken = token }, cancellationToken: Cancellation);
            Assert.InRange(page.Agreements.Count, 1, 2);
            listed.AddRange(page.Agreements.Select(agreement => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload).Id));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(made.Order(), listed.Where(made.Contains).Order());
        Assert.Equal(listed.Count, listed.Distinct().Count());
    }

    private static (AgreementState State, TerminationReason Reason) Standing(Agreement agreement) => (agreement.State, agreement.TerminationReason);

    private ErrorReason GateReason(AgreementTerms terms, string caller) => Reason(() =>
        TradingExchange.Inside<AgreementGate>(trading.Mill).Admit(terms.Id, trading.Caller(caller), "readings/1", terms.Purpose, trading.Now));

    private static ErrorReason Reason(Action action) => Assert.Throws<ExchangeException>(action).Reason;
}
