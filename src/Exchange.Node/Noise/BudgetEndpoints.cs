using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Grpc.Core;

namespace Exchange.Node.Noise;

/// <summary>Where a consumer's node asks what it can still spend.</summary>
internal sealed class BudgetEndpoint(AgreementGate gate, AgreementStore agreements, BudgetAccounts accounts, TimeProvider time) : Protocol.Query.V1.BudgetService.BudgetServiceBase
{
    /// <inheritdoc/>
    public override Task<GetBudgetResponse> GetBudget(GetBudgetRequest request, ServerCallContext context)
    {
        var caller = CallerIdentity.Of(context);
        var agreement = agreements.Find(request.AgreementId) ?? throw AgreementIndex.Unknown();
        var terms = gate.Admit(request.AgreementId, caller, agreement.Product, agreement.Terms.Purpose, time.GetUtcNow());
        return terms.Release == ReleaseClass.Noisy
            ? Task.FromResult(accounts.Of(terms, caller.ParticipantId))
            : throw Reasons.OtherReleaseClass.Because("The agreement is not on a `noisy` offer.", "Ask for the budget of one that is.");
    }
}

/// <summary>Where an owner asks its own node for the budgets on both sides.</summary>
internal sealed class OwnerBudgetEndpoint(BudgetAccounts accounts, AgreementIndex agreements, PeerBudgets peers, NodeIdentity identity, TimeProvider time) : Protocol.Owner.V1.BudgetService.BudgetServiceBase
{
    private const int PageSize = 1000;

    /// <inheritdoc/>
    public override async Task<ListBudgetsResponse> ListBudgets(ListBudgetsRequest request, ServerCallContext context)
    {
        var response = new ListBudgetsResponse { Granted = { accounts.Granted() } };
        var held = agreements.Page(PageSize, "").Agreements.Where(agreement => agreement.Terms.Consumer == identity.ParticipantId
            && agreement.Terms.Offer.Terms.Release == ReleaseClass.Noisy && agreement.At(time.GetUtcNow()) == AgreementLifecycle.Finalized);
        response.Held.AddRange(await Task.WhenAll(held.Select(agreement => peers.AskAsync(agreement.Terms.Provider, agreement.Id, context.CancellationToken))).ConfigureAwait(false));
        return response;
    }
}
