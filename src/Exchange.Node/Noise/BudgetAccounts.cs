using Dapper;
using Exchange.Node.Catalog;
using Exchange.Node.Storage;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Noise;

/// <summary>Tells what was spent of budgets, in ρ and in (ε, δ). Looks at the ledger alone.</summary>
internal sealed class BudgetAccounts(StateStore state, DatasetStore datasets, OfferStore offers)
{
    /// <summary>What a consumer spent of each epoch of a dataset, under those terms.</summary>
    public GetBudgetResponse Of(OfferTerms terms, string consumer)
    {
        var response = new GetBudgetResponse { UsualCharge = NoisyPlan.ChargeOf(terms.Budget, 0).Value };
        response.Accounts.AddRange(state.Read(connection => Accounts(connection, terms, [consumer]).ToList()));
        return response;
    }

    /// <summary>What all consumers together and each of them spent of this owner's datasets under its noisy offers of today.</summary>
    public IReadOnlyList<BudgetAccount> Granted() => state.Read(connection => offers.All.Values
        .Where(offer => offer.Terms.Release == ReleaseClass.Noisy).OrderBy(offer => offer.Terms.Name, StringComparer.Ordinal)
        .SelectMany(offer => Accounts(connection, offer.Terms,
        [
            null,
            .. connection.Query<string>("SELECT DISTINCT consumer FROM privacy_charges WHERE product = @Product ORDER BY consumer", new { offer.Terms.Product }),
        ]))
        .ToList());

    private IEnumerable<BudgetAccount> Accounts(SqliteConnection connection, OfferTerms terms, IReadOnlyList<string?> consumers)
    {
        if (datasets.Current(terms.Product) is not { } source)
        {
            yield break;
        }

        var dataset = datasets.Get(terms.Product);
        var firstPublished = DataEpochs.AdmittedAt(dataset, source.Parts[0]);
        foreach (var epoch in DataEpochs.Of(dataset, source, terms.Budget.Per))
        {
            var all = PrivacyLedger.Spent(connection, terms.Product, null, epoch, firstPublished);
            foreach (var consumer in consumers)
            {
                var spent = consumer is null ? all : PrivacyLedger.Spent(connection, terms.Product, consumer, epoch, firstPublished);
                var limit = consumer is null ? terms.Budget.Rho : terms.Budget.AgreementRho;
                yield return new BudgetAccount
                {
                    Product = terms.Product,
                    Consumer = consumer ?? "",
                    Epoch = epoch.Name,
                    RhoSpent = spent.Spent.Value,
                    RhoLimit = limit,
                    EpsilonSpent = ConcentratedPrivacy.EpsilonOf(spent.Spent.Value, terms.Budget.Delta),
                    EpsilonLimit = ConcentratedPrivacy.EpsilonOf(limit, terms.Budget.Delta),
                    Delta = terms.Budget.Delta,
                    DeltaSpent = spent.SpentDelta,
                    RhoLeft = Math.Min((Rho.Limit(limit) - spent.Spent).Units, (Rho.Limit(terms.Budget.Rho) - all.Spent).Units) / 1e12,
                };
            }
        }
    }
}
