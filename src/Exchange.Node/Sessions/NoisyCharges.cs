using Exchange.Engines;
using Exchange.Node.Catalog;
using Exchange.Node.Noise;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>
/// An owner's part of a noisy secure sum: its budget is charged, durably, before its data are looked at, and whatever becomes of the sum stays
/// charged. Each sum has noise of its own, so the same question again is charged again.
/// </summary>
internal sealed class NoisyCharges(PrivacyLedger ledger, EngineSet engines, DatasetStore datasets, StateStore state)
{
    /// <summary>Charges and computes.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.BudgetExhausted"/>; <see cref="Reasons.CohortInvalid"/> where the cohort bounds contributions less than the offer does.</exception>
    public async Task<OwnValues> ChargeAsync(AdmittedFragment admitted, NoisySumPlan plan, CancellationToken cancellationToken)
    {
        var (budget, shared) = (admitted.Terms.Budget, admitted.Query.Cohort.Noise);
        if (admitted.Product.Unit is not null && (shared.GroupsPerUnit > budget.GroupsPerUnit || shared.RowsPerGroup > budget.RowsPerGroup))
        {
            throw Reasons.CohortInvalid.Because("The cohort lets a unit add more than the owner's offer does.", "Ask through a node of this exchange.");
        }

        NoisyPlan.ChargeOf(budget, plan.Charge.Value);
        // The order in which a unit's groups are kept is this owner's secret; nothing else of the plan depends on it.
        var own = NoisyPlan.Of(admitted.Approved, new() { Rho = budget.Rho, AgreementRho = admitted.Query.Rho, GroupsPerUnit = shared.GroupsPerUnit, RowsPerGroup = shared.RowsPerGroup, Delta = budget.Delta }, admitted.Query.Rho, ledger.OrderKey);
        var dataset = datasets.Get(admitted.Product.Id);
        var epochs = DataEpochs.Of(dataset, admitted.Source, budget.Per);
        var firstPublished = DataEpochs.AdmittedAt(dataset, admitted.Source.Parts[0]);
        var charge = new Charge(admitted.Product.Id, admitted.Caller.ParticipantId, admitted.AgreementId, plan.Charge, 0);
        var reservation = await state.WriteAsync(
            connection => ledger.Reserve(connection, charge, epochs, firstPublished, budget, admitted.Query.QueryId), cancellationToken).ConfigureAwait(false);
        var looked = admitted.Source with { Parts = reservation.Parts };
        return await OwnValues.OfNoisyAsync(
            plan, plan.Charge, () => engines[looked.Engine].RunAsync(own.Scan, looked, cancellationToken), new SystemRandomBits()).ConfigureAwait(false);
    }
}
