using Exchange.Client.Connections;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Owner.V1;
using OwnerGetAgreementRequest = Exchange.Protocol.Owner.V1.GetAgreementRequest;

namespace Exchange.Client.Agreements;

/// <summary>Agreements as consumer and as owner. Obtained from <see cref="ExchangeClient.Agreements"/>. Ids may be cut short to 6 characters or more.</summary>
public sealed class AgreementClient
{
    private readonly HomeChannel _channel;
    private readonly AgreementDeskService.AgreementDeskServiceClient _service;

    internal AgreementClient(HomeChannel channel)
    {
        _channel = channel;
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

    /// <summary>As owner: says no, with words for the consumer.</summary>
    public async Task<Agreement> RejectAsync(string id, string note, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.RejectAgreementAsync(new RejectAgreementRequest { AgreementId = id, Note = note }, options), cancellationToken).ConfigureAwait(false)).Agreement;

    /// <summary>As owner: takes a finalized agreement back; the consumer's next question under it is refused.</summary>
    public async Task<Agreement> RevokeAsync(string id, string note, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.RevokeAgreementAsync(new RevokeAgreementRequest { AgreementId = id, Note = note }, options), cancellationToken).ConfigureAwait(false)).Agreement;
}
