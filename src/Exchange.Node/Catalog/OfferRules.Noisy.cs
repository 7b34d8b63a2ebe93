using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;
using static System.FormattableString;

namespace Exchange.Node.Catalog;

internal static partial class OfferRules
{
    /// <summary>Most that <c>budget.groups_per_unit</c> and <c>budget.rows_per_group</c> may be.</summary>
    public const int ContributionMax = 10_000;

    /// <summary>Largest <c>budget.rho</c>: beyond, the promise is empty.</summary>
    public const double RhoMax = 10;

    /// <summary>Largest <c>budget.delta</c>.</summary>
    public const double DeltaMax = 1e-3;

    // A year of months, where the same units come again.
    private const int GroupsOfPanel = 12;

    /// <summary>Longest <c>response_grid</c>.</summary>
    public static readonly TimeSpan ResponseGridMax = TimeSpan.FromSeconds(10);

    private static void CheckResponseGrid(OfferTerms terms)
    {
        if (terms.ResponseGridMs < 0 || terms.ResponseGridMs > ResponseGridMax.TotalMilliseconds)
        {
            throw Invalid("response_grid", Invariant($"must be at most {ResponseGridMax.TotalSeconds}s"));
        }

        if (terms.ResponseGridMs > 0 && terms.Release != ReleaseClass.Noisy)
        {
            throw Invalid("response_grid", "goes with `release: noisy` alone");
        }
    }

    private static void CheckNoisy(OfferTerms terms, Product product, List<string> notes)
    {
        var budget = terms.Budget ?? throw Invalid("budget", "is missing: a `noisy` offer has one, such as {rho: 0.1, delta: 1e-6, per: quarter}");
        if (budget.Rho is not (> 0 and <= RhoMax))
        {
            throw Invalid("budget.rho", Invariant($"must be above 0 and up to {RhoMax}"));
        }

        if (budget.Delta is not (> 0 and <= DeltaMax))
        {
            throw Invalid("budget.delta", Invariant($"must be above 0 and up to {DeltaMax}"));
        }

        if (budget.Per is not ("month" or "quarter" or "year"))
        {
            throw Invalid("budget.per", "must be month, quarter or year");
        }

        budget.AgreementRho = budget.AgreementRho == 0 ? budget.Rho : budget.AgreementRho;
        if (!(budget.AgreementRho > 0 && budget.AgreementRho <= budget.Rho))
        {
            throw Invalid("budget.agreement_rho", "must be above 0 and at most budget.rho");
        }

        budget.GroupsPerUnit = budget.GroupsPerUnit != 0 ? budget.GroupsPerUnit : product.Definition.Panel.Length > 0 && product.Unit is not null ? GroupsOfPanel : 1;
        budget.RowsPerGroup = budget.RowsPerGroup == 0 ? 1 : budget.RowsPerGroup;
        CheckContribution("budget.groups_per_unit", budget.GroupsPerUnit);
        CheckContribution("budget.rows_per_group", budget.RowsPerGroup);
        var epsilon = ConcentratedPrivacy.EpsilonOf(budget.Rho, budget.Delta);
        notes.Add(Invariant($"noisy: all answers about data admitted in one {budget.Per} together are ({epsilon:0.00}, {budget.Delta:0.0e+0})-differentially private for one {(product.Unit is null ? "row" : product.Unit.Name)}; thresholds for keys that the product does not declare cost at most another {budget.Delta:0.0e+0} of delta."));
        if (product.Unit is not null)
        {
            notes.Add(Invariant($"noisy: a unit counts in at most {budget.GroupsPerUnit} groups of an answer, with at most {budget.RowsPerGroup} rows in each; what it has beyond is left out."));
        }

        notes.Add("noisy: the promise holds for noisy answers alone; exact answers about the same rows under another offer end it.");
    }

    private static void CheckContribution(string key, int value)
    {
        if (value is < 1 or > ContributionMax)
        {
            throw Invalid(key, $"must be 1 to {ContributionMax}");
        }
    }
}
