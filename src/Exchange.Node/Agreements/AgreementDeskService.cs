using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Owner.V1;
using Grpc.Core;
using AcceptAgreementRequest = Exchange.Protocol.Owner.V1.AcceptAgreementRequest;
using AcceptAgreementResponse = Exchange.Protocol.Owner.V1.AcceptAgreementResponse;
using GetAgreementRequest = Exchange.Protocol.Owner.V1.GetAgreementRequest;
using GetAgreementResponse = Exchange.Protocol.Owner.V1.GetAgreementResponse;

namespace Exchange.Node.Agreements;

/// <summary>This participant's agreements, as consumer and as owner, for the owner of the node.</summary>
internal sealed class AgreementDeskService(
    AgreementRequests requests, AgreementDecisions decisions, AgreementAnswers answers, AgreementDelivery delivery, AgreementStore agreements, AgreementIndex index,
    NodeIdentity identity, TimeProvider time)
    : Protocol.Owner.V1.AgreementDeskService.AgreementDeskServiceBase
{
    /// <inheritdoc/>
    public override async Task<RequestAgreementsResponse> RequestAgreements(RequestAgreementsRequest request, ServerCallContext context) =>
        new() { Outcomes = { await requests.RunAsync(request, context.CancellationToken).ConfigureAwait(false) } };

    /// <inheritdoc/>
    public override async Task<ListAgreementsResponse> ListAgreements(ListAgreementsRequest request, ServerCallContext context)
    {
        if (request.PageToken.Length == 0)
        {
            await delivery.RefreshAsync(context.CancellationToken).ConfigureAwait(false);
        }

        var (page, next) = index.Page(request.PageSize, request.PageToken);
        return new ListAgreementsResponse { Agreements = { page.Select(View) }, NextPageToken = next };
    }

    /// <inheritdoc/>
    public override Task<GetAgreementResponse> GetAgreement(GetAgreementRequest request, ServerCallContext context) =>
        Task.FromResult(new GetAgreementResponse { Agreement = View(Find(request.AgreementId)) });

    /// <inheritdoc/>
    public override async Task<ApproveAgreementResponse> ApproveAgreement(ApproveAgreementRequest request, ServerCallContext context) =>
        new() { Agreement = View(await decisions.ApproveAsync(request.AgreementId, context.CancellationToken).ConfigureAwait(false)) };

    /// <inheritdoc/>
    public override async Task<CounterAgreementResponse> CounterAgreement(CounterAgreementRequest request, ServerCallContext context) =>
        new() { Agreement = View(await decisions.CounterAsync(request, context.CancellationToken).ConfigureAwait(false)) };

    /// <inheritdoc/>
    public override async Task<AcceptAgreementResponse> AcceptAgreement(AcceptAgreementRequest request, ServerCallContext context) =>
        new() { Agreement = View(await answers.AcceptAsync(request.AgreementId, request.Round, context.CancellationToken).ConfigureAwait(false)) };

    /// <inheritdoc/>
    public override async Task<RenewAgreementResponse> RenewAgreement(RenewAgreementRequest request, ServerCallContext context) =>
        new() { Agreement = View(await requests.RenewAsync(request, context.CancellationToken).ConfigureAwait(false)) };

    /// <inheritdoc/>
    public override async Task<RejectAgreementResponse> RejectAgreement(RejectAgreementRequest request, ServerCallContext context)
    {
        var isOwner = Find(request.AgreementId).Terms.Provider == identity.ParticipantId;
        var ended = isOwner
            ? await decisions.RejectAsync(request.AgreementId, request.Note, context.CancellationToken).ConfigureAwait(false)
            : await answers.DeclineAsync(request.AgreementId, request.Note, context.CancellationToken).ConfigureAwait(false);
        return new RejectAgreementResponse { Agreement = View(ended) };
    }

    /// <inheritdoc/>
    public override async Task<RevokeAgreementResponse> RevokeAgreement(RevokeAgreementRequest request, ServerCallContext context) =>
        new() { Agreement = View(await decisions.RevokeAsync(request.AgreementId, request.Note, context.CancellationToken).ConfigureAwait(false)) };

    private AgreementRecord Find(string abbreviated) => agreements.Find(index.Resolve(abbreviated)) ?? throw AgreementIndex.Unknown();

    private Agreement View(AgreementRecord agreement) => agreement.ViewAt(time.GetUtcNow());
}
