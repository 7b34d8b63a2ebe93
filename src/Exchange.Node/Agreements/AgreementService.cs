using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Grpc.Core;

namespace Exchange.Node.Agreements;

/// <summary>Agreements between the nodes of an owner and a consumer.</summary>
internal sealed class AgreementService(
    AgreementIntake intake, AgreementFollowing following, AgreementStore agreements, DatasetStore datasets, SafeTableStore tables, TimeProvider time)
    : Protocol.Agreement.V1.AgreementService.AgreementServiceBase
{
    /// <inheritdoc/>
    public override async Task<RequestAgreementResponse> RequestAgreement(RequestAgreementRequest request, ServerCallContext context)
    {
        var agreement = await intake.RequestAsync(request.Terms, CallerIdentity.Of(context).Participant, context.CancellationToken).ConfigureAwait(false);
        return new RequestAgreementResponse { Agreement = agreement.ViewAt(time.GetUtcNow()) };
    }

    /// <inheritdoc/>
    public override Task<GetAgreementResponse> GetAgreement(GetAgreementRequest request, ServerCallContext context)
    {
        var caller = CallerIdentity.Of(context).ParticipantId;
        var agreement = agreements.Find(request.AgreementId);
        return agreement is not null && (agreement.Terms.Consumer == caller || agreement.Terms.Provider == caller)
            ? Task.FromResult(new GetAgreementResponse { Agreement = agreement.ViewAt(time.GetUtcNow()), DatasetVersion = agreement.Terms.Consumer == caller ? VersionOf(agreement) : 0 })
            : throw AgreementIndex.Unknown();
    }

    // Receipts of this owner's answers tell it too, and only under an agreement.
    private int VersionOf(AgreementRecord agreement)
    {
        if (agreement.At(time.GetUtcNow()) != AgreementLifecycle.Finalized || datasets.Current(agreement.Product) is not { } source)
        {
            return 0;
        }

        return agreement.Terms.Offer.Terms.Release == ReleaseClass.Table ? tables.Find(agreement.Product, source)?.DatasetVersion ?? 0 : source.Version;
    }

    /// <inheritdoc/>
    public override async Task<NotifyAgreementResponse> NotifyAgreement(NotifyAgreementRequest request, ServerCallContext context)
    {
        await following.TakeOverAsync(request.Agreement, CallerIdentity.Of(context).ParticipantId, context.CancellationToken).ConfigureAwait(false);
        return new NotifyAgreementResponse();
    }

    /// <inheritdoc/>
    public override async Task<AcceptAgreementResponse> AcceptAgreement(AcceptAgreementRequest request, ServerCallContext context)
    {
        var agreement = await intake.AcceptAsync(request.Terms, CallerIdentity.Of(context).Participant, context.CancellationToken).ConfigureAwait(false);
        return new AcceptAgreementResponse { Agreement = agreement.ViewAt(time.GetUtcNow()) };
    }

    /// <inheritdoc/>
    public override async Task<DeclineAgreementResponse> DeclineAgreement(DeclineAgreementRequest request, ServerCallContext context)
    {
        var agreement = await intake.DeclineAsync(request.AgreementId, request.Note, CallerIdentity.Of(context).Participant, context.CancellationToken).ConfigureAwait(false);
        return new DeclineAgreementResponse { Agreement = agreement.ViewAt(time.GetUtcNow()) };
    }
}
