using Exchange.Client.Connections;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing.V1;
using OwnerAcceptAgreementRequest = Exchange.Protocol.Owner.V1.AcceptAgreementRequest;
using OwnerGetAgreementRequest = Exchange.Protocol.Owner.V1.GetAgreementRequest;

namespace Exchange.Client.Agreements;

/// <summary>Agreements as consumer and as owner. Obtained from <see cref="ExchangeClient.Agreements"/>. Ids may be cut short to 6 characters or more.</summary>
public sealed class AgreementClient
{
    private readonly HomeChannel _channel;
    private readonly NodeService.NodeServiceClient _node;
    private readonly AgreementDeskService.AgreementDeskServiceClient _service;

    internal AgreementClient(HomeChannel channel, NodeService.NodeServiceClient node)
    {
        _channel = channel;
        _node = node;
        _service = new AgreementDeskService.AgreementDeskServiceClient(channel.Channel);
    }

    /// <summary>As consumer: asks every matching owner of a product; one outcome per owner, ordered by owner.</summary>
    public async Task<IReadOnlyList<AgreementRequestOutcome>> RequestAsync(RequestAgreementsRequest request, CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.RequestAgreementsAsync(request, options), cancellationToken).ConfigureAwait(false)).Outcomes;

    /// <summary>Agreements on either side, newest first.</summary>
    public Task<IReadOnlyList<Agreement>> ListAsync(CancellationToken cancellationToken) => Pages.AllAsync<Agreement>(async token =>
    {
        var page = await _channel.CallAsync(options => _service.ListAgreementsAsync(new ListAgreementsRequest { PageToken = token }, options), cancellationToken).ConfigureAwait(false);
        return (page.Agreements, page.NextPageToken);
    });

    /// <summary>One agreement as this node holds it.</summary>
    public async Task<Agreement> GetAsync(string id, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.GetAgreementAsync(new OwnerGetAgreementRequest { AgreementId = id }, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As owner: signs a requested agreement.</summary>
    public async Task<Agreement> ApproveAsync(string id, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.ApproveAgreementAsync(new ApproveAgreementRequest { AgreementId = id }, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>
    /// The signed agreement as one file that anybody can check, with the register this node holds. It is checked before it is returned.
    /// </summary>
    /// <exception cref="ExchangeException"><c>AGREEMENT_NOT_FINALIZED</c> when not both have signed; <c>VERIFICATION_FAILED</c>.</exception>
    public async Task<AgreementFile> ExportAsync(string id, CancellationToken cancellationToken)
    {
        var agreement = await GetAsync(id, cancellationToken).ConfigureAwait(false);
        if (agreement.ProviderSigned is null)
        {
            throw Reasons.AgreementNotFinalized.Because("There is no agreement to write: the owner has not signed it.", "Wait until it is FINALIZED.");
        }

        var register = await _channel.CallAsync(options => _node.GetRegisterAsync(new GetRegisterRequest(), options), cancellationToken).ConfigureAwait(false);
        var operatorKey = await File.ReadAllBytesAsync(_channel.Home.OperatorKeyFile, cancellationToken).ConfigureAwait(false);
        var file = new AgreementFile(agreement.ConsumerSigned, agreement.ProviderSigned, register.Register ?? new SignedBytes(), operatorKey);
        _ = AgreementFileVerifier.Verify(file, operatorKey);
        return file;
    }

    /// <summary>As owner: answers a requested agreement with other terms.</summary>
    public async Task<Agreement> CounterAsync(CounterAgreementRequest request, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.CounterAgreementAsync(request, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As consumer: signs the owner's counter-offer.</summary>
    /// <param name="id">The agreement.</param>
    /// <param name="round">The counter-offer that was read, so that a newer one is not accepted unseen; 0 for the newest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<Agreement> AcceptAsync(string id, int round, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.AcceptAgreementAsync(new OwnerAcceptAgreementRequest { AgreementId = id, Round = round }, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As consumer: asks for an agreement that continues one in force.</summary>
    public async Task<Agreement> RenewAsync(RenewAgreementRequest request, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.RenewAgreementAsync(request, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As owner: says no to a request or takes a counter-offer back; as consumer: says no to a counter-offer. With words for the other side.</summary>
    public async Task<Agreement> RejectAsync(string id, string note, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id, Note = note }, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As owner: takes a finalized agreement back; the consumer's next question under it is refused.</summary>
    public async Task<Agreement> RevokeAsync(string id, string note, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = id, Note = note }, options), cancellationToken).ConfigureAwait(false)).Agreement;
}
