using Exchange.Node.Agreements;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementUpkeepTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TradingExchange _trading;

    public AgreementUpkeepTests() => _trading = new TradingExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _trading.InitializeAsync();

    public ValueTask DisposeAsync() => _trading.DisposeAsync();

    [Fact]
    public async Task An_agreement_past_its_end_has_ended_in_every_view_at_once()
    {
        await _trading.OfferAsync("short");
        var until = Timestamp.FromDateTimeOffset(_time.GetUtcNow().AddMinutes(1));
        var agreement = (await _trading.RequestAsync("short", request => request.UntilTime = until)).Agreement;
        var id = AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload).Id;
        Assert.Single(_trading.InForceAt(_trading.Lab, "short"));

        _time.Advance(TimeSpan.FromMinutes(1));

        foreach (var node in new[] { _trading.Mill, _trading.Lab })
        {
            var view = await _trading.HeldByAsync(node, id);
            Assert.Equal((AgreementState.Terminated, TerminationReason.Expired), (view.State, view.TerminationReason));
        }

        Assert.Empty(_trading.InForceAt(_trading.Lab, "short"));
        Assert.Equal(Reasons.AgreementExpired, Assert.Throws<ExchangeException>(() =>
            TradingExchange.Inside<AgreementGate>(_trading.Mill).Admit(id, _trading.Caller("lab"), "readings/1", "short", _time.GetUtcNow())).Reason);
        Assert.Equal(Reasons.AgreementExpired, await TradingExchange.ReasonOfAsync(
            TradingExchange.Desk(_trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = id }, cancellationToken: Cancellation).ResponseAsync));
    }

    [Fact]
    public async Task A_consumer_that_was_down_learns_of_an_approval_when_it_lists_or_when_the_owner_tries_again()
    {
        var (_, first) = await _trading.AgreeAsync("first-down", offer => offer.Approval = Approval.Manual);
        var (_, second) = await _trading.AgreeAsync("second-down", offer => offer.Approval = Approval.Manual);
        await _trading.Lab.StopAsync();
        foreach (var id in new[] { first.Id, second.Id })
        {
            await TradingExchange.Desk(_trading.Mill).ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = id }, cancellationToken: Cancellation);
        }

        var outbox = TradingExchange.Inside<AgreementOutbox>(_trading.Mill);
        Assert.All(new[] { first.Id, second.Id }, id => Assert.NotNull(outbox.Find(id)));

        await _trading.Lab.StartAsync(Cancellation);
        await _trading.Exchange.RefreshAsync();
        Assert.Equal(AgreementState.Requested, (await _trading.HeldByAsync(_trading.Lab, first.Id)).State);
        var listed = await TradingExchange.Desk(_trading.Lab).ListAgreementsAsync(new ListAgreementsRequest(), cancellationToken: Cancellation);
        Assert.All(listed.Agreements, agreement => Assert.Equal(AgreementState.Finalized, agreement.State));

        await DeliverLaterAsync();
        Assert.All(new[] { first.Id, second.Id }, id => Assert.Null(outbox.Find(id)));
    }

    [Fact]
    public async Task A_revoke_while_the_consumer_is_down_arrives_later()
    {
        var (_, terms) = await _trading.AgreeAsync("revoked-down");
        await _trading.Lab.StopAsync();
        await TradingExchange.Desk(_trading.Mill).RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = terms.Id, Note = "Over." }, cancellationToken: Cancellation);
        await _trading.Lab.StartAsync(Cancellation);
        await _trading.Exchange.RefreshAsync();

        await DeliverLaterAsync();

        var view = await _trading.HeldByAsync(_trading.Lab, terms.Id);
        Assert.Equal((AgreementState.Terminated, TerminationReason.Revoked, "Over."), (view.State, view.TerminationReason, view.Note));
        Assert.Null(TradingExchange.Inside<AgreementOutbox>(_trading.Mill).Find(terms.Id));
    }

    private async Task DeliverLaterAsync()
    {
        _time.Advance(AgreementOutbox.FirstPause);
        await TradingExchange.Inside<AgreementDelivery>(_trading.Mill).DeliverDueAsync(Cancellation);
    }
}
