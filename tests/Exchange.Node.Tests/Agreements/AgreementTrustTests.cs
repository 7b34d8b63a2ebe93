using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Tests.Agreements;

/// <summary>What peers cannot make a node believe.</summary>
public sealed class AgreementTrustTests(TradingExchange trading) : IClassFixture<TradingExchange>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_must_be_signed_with_the_callers_registered_key()
    {
        var terms = TermsOn(await trading.OfferAsync("signed"));
        using var forger = SigningKey.Create();

        Assert.Equal(Reasons.AgreementSignatureInvalid, await RequestReasonAsync(SignedMessage.Sign(SignedMessage.Agreement, terms, forger)));
        var underLabsName = SignedMessage.Sign(SignedMessage.Agreement, terms, forger);
        underLabsName.KeyId = LabKey.KeyId;
        Assert.Equal(Reasons.AgreementSignatureInvalid, await RequestReasonAsync(underLabsName));
        Assert.Equal(Reasons.AgreementSignatureInvalid, await RequestReasonAsync(SignedMessage.Sign(SignedMessage.Query, terms, LabKey)));
        Assert.Equal(Reasons.AgreementSignatureInvalid, await RequestReasonAsync(null));
        Assert.Null(TradingExchange.Inside<AgreementStore>(trading.Mill).Find(terms.Id));
    }

    [Fact]
    public async Task A_request_must_name_its_caller_its_owner_and_a_sound_period()
    {
        var offer = await trading.OfferAsync("sound");

        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.Consumer = "rival"));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.Provider = "rival"));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.Id = "short"));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.EndTime = After(TimeSpan.FromDays(11))));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.EndTime = After(TimeSpan.FromMinutes(-1))));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.StartTime = After(TimeSpan.FromMinutes(5))));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.StartTime = After(TimeSpan.FromHours(-2))));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.StartTime = new Timestamp { Seconds = long.MinValue }));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(offer, terms => terms.Offer = null));
        Assert.Equal(Reasons.PurposeNotOffered, await RequestReasonAsync(offer, terms => terms.Purpose = "marketing"));
        Assert.Equal(Reasons.AgreementInvalid, await RequestReasonAsync(Sign(ByteString.CopyFromUtf8("no message"))));
    }

    [Fact]
    public async Task An_offer_that_changed_since_it_was_listed_or_was_improved_by_the_consumer_is_refused()
    {
        var listed = await trading.OfferAsync("moving");
        await trading.OfferAsync("moving", terms => terms.QueriesPerDay = 3);
        var current = TradingExchange.Inside<Node.Catalog.OfferStore>(trading.Mill).Current("moving")!;

        Assert.Equal(Reasons.OfferChanged, await RequestReasonAsync(listed, _ => { }));
        Assert.Equal(Reasons.OfferChanged, await RequestReasonAsync(current, terms => terms.Offer.Terms.Disclosure.MinUnits = 1));
        Assert.Equal(Reasons.NoMatchingOffer, await RequestReasonAsync(current, terms => terms.Offer.Terms.Name = "other-name"));
    }

    [Fact]
    public async Task An_offer_that_the_caller_does_not_match_is_as_good_as_none()
    {
        var offer = await trading.OfferAsync("not-for-you", terms => terms.Consumers = new Consumers { Participants = { "rival" } });

        Assert.Equal(Reasons.NoMatchingOffer, await RequestReasonAsync(offer, _ => { }));
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_agreement_and_its_id_takes_no_other_content()
    {
        var terms = TermsOn(await trading.OfferAsync("again"));
        var client = await ClientAsync();
        var signed = Sign(terms.ToByteString());

        var first = await client.RequestAgreementAsync(new RequestAgreementRequest { Terms = signed }, cancellationToken: Cancellation);
        await trading.OfferAsync("again", offer => offer.QueriesPerDay = 1);
        var second = await client.RequestAgreementAsync(new RequestAgreementRequest { Terms = signed }, cancellationToken: Cancellation);
        Assert.Equal(first, second);

        terms.EndTime = After(TimeSpan.FromDays(1));
        Assert.Equal(Reasons.AgreementIdReused, await RequestReasonAsync(Sign(terms.ToByteString())));
    }

    [Fact]
    public async Task An_agreement_of_others_cannot_be_read_changed_or_told_from_none()
    {
        var (_, terms) = await trading.AgreeAsync("private");
        var rival = new AgreementClient(await TradingExchange.PeerAsync(trading.Rival, trading.Mill));
        var toLab = new AgreementClient(await TradingExchange.PeerAsync(trading.Rival, trading.Lab));
        var held = await trading.HeldByAsync(trading.Lab, terms.Id);
        var revoked = new Agreement(held) { State = AgreementState.Terminated, TerminationReason = TerminationReason.Revoked };

        var others = await TradingExchange.ReasonOfAsync(rival.GetAgreementAsync(new GetAgreementRequest { AgreementId = terms.Id }, cancellationToken: Cancellation).ResponseAsync);
        var none = await TradingExchange.ReasonOfAsync(rival.GetAgreementAsync(new GetAgreementRequest { AgreementId = Identifiers.NewId() }, cancellationToken: Cancellation).ResponseAsync);
        Assert.Equal((Reasons.AgreementUnknown, Reasons.AgreementUnknown), (others, none));
        Assert.Equal(Reasons.AgreementUnknown, await TradingExchange.ReasonOfAsync(
            toLab.NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = revoked }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Equal(AgreementState.Finalized, (await trading.HeldByAsync(trading.Lab, terms.Id)).State);
    }

    [Fact]
    public async Task A_consumer_believes_no_approval_without_the_owners_signature_over_the_same_terms()
    {
        var (requested, terms) = await trading.AgreeAsync("believed", offer => offer.Approval = Approval.Manual);
        var toLab = new AgreementClient(await TradingExchange.PeerAsync(trading.Mill, trading.Lab));
        using var forger = SigningKey.Create();
        var millKey = TradingExchange.Inside<NodeIdentity>(trading.Mill).SigningKey;
        var other = new AgreementTerms(terms) { Purpose = "research" };

        SignedBytes?[] proofs =
        [
            null,
            SignedMessage.Sign(SignedMessage.Agreement, terms, forger),
            SignedMessage.Sign(SignedMessage.Agreement, other, millKey),
            requested.ConsumerSigned,
        ];
        foreach (var proof in proofs)
        {
            var said = new Agreement(requested) { State = AgreementState.Finalized, ProviderSigned = proof };
            Assert.Equal(Reasons.AgreementSignatureInvalid, await TradingExchange.ReasonOfAsync(
                toLab.NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = said }, cancellationToken: Cancellation).ResponseAsync));
        }

        Assert.Equal(AgreementState.Requested, TradingExchange.Inside<AgreementStore>(trading.Lab).Find(terms.Id)!.Written.State);
    }

    [Fact]
    public async Task An_owner_cannot_invent_an_agreement_that_the_consumer_never_signed()
    {
        var offer = await trading.OfferAsync("invented");
        var millKey = TradingExchange.Inside<NodeIdentity>(trading.Mill).SigningKey;
        var signed = SignedMessage.Sign(SignedMessage.Agreement, TermsOn(offer), millKey);
        var toLab = new AgreementClient(await TradingExchange.PeerAsync(trading.Mill, trading.Lab));

        var invented = new Agreement { ConsumerSigned = signed, ProviderSigned = signed, State = AgreementState.Finalized };

        Assert.Equal(Reasons.AgreementSignatureInvalid, await TradingExchange.ReasonOfAsync(
            toLab.NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = invented }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task One_consumer_holds_a_bounded_number_of_live_agreements()
    {
        var offer = await trading.OfferAsync("bounded");
        var store = TradingExchange.Inside<AgreementStore>(trading.Mill);
        async Task RequestAsync()
        {
            var terms = TermsOn(offer);
            terms.Consumer = "rival";
            var agreement = new Agreement { ConsumerSigned = new SignedBytes { Payload = terms.ToByteString() } };
            var change = AgreementChange.Of(agreement, AgreementLifecycle.None, [AgreementEvent.Request], null, trading.Now, false);
            await store.ChangeAsync(terms.Id, (connection, _) =>
            {
                store.CheckRoom(connection, "rival");
                return change;
            }, Cancellation);
        }

        await Task.WhenAll(Enumerable.Range(0, AgreementStore.LivePerConsumerMax).Select(_ => RequestAsync()));

        Assert.Equal(Reasons.TooManyAgreements, (await Assert.ThrowsAsync<ExchangeException>(RequestAsync)).Reason);
        Assert.Equal(AgreementState.Finalized, (await trading.RequestAsync("bounded")).Agreement.State);
    }

    private SigningKey LabKey => TradingExchange.Inside<NodeIdentity>(trading.Lab).SigningKey;

    private SignedBytes Sign(ByteString payload) => SignedMessage.Sign(SignedMessage.Agreement, payload, LabKey);

    private async Task<AgreementClient> ClientAsync() => new(await TradingExchange.PeerAsync(trading.Lab, trading.Mill));

    private Task<ErrorReason> RequestReasonAsync(Offer offer, Action<AgreementTerms> change)
    {
        var terms = TermsOn(offer);
        change(terms);
        return RequestReasonAsync(Sign(terms.ToByteString()));
    }

    private async Task<ErrorReason> RequestReasonAsync(SignedBytes? signed) => await TradingExchange.ReasonOfAsync(
        (await ClientAsync()).RequestAgreementAsync(new RequestAgreementRequest { Terms = signed }, cancellationToken: Cancellation).ResponseAsync);

    private AgreementTerms TermsOn(Offer offer) => new()
    {
        Id = Identifiers.NewId(),
        Provider = "mill",
        Consumer = "lab",
        Offer = offer.Clone(),
        Purpose = offer.Terms.Purposes[0],
        StartTime = After(TimeSpan.Zero),
        EndTime = offer.Terms.ExpireTime,
    };

    private Timestamp After(TimeSpan span) => Timestamp.FromDateTimeOffset(trading.Now + span);
}
