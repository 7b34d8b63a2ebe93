using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

internal static partial class OfferRules
{
    /// <summary>
    /// The terms that apply to an answer now: of every clause the stricter one of what was agreed and what the owner offers today.
    /// So a stricter offer acts from the next answer, and a looser one never does without a new agreement. Who may ask is not
    /// merged here: consumers and period stay as agreed, and <see cref="OfferMatching"/> is asked about today's.
    /// </summary>
    /// <param name="agreed">Terms of the agreement.</param>
    /// <param name="current">The newest version of the same offer.</param>
    /// <param name="product">The product of both, which says what an absent column list allows.</param>
    public static OfferTerms StricterOf(OfferTerms agreed, OfferTerms current, Product product)
    {
        var terms = agreed.Clone();
        terms.Purposes.Clear();
        terms.Purposes.Add(agreed.Purposes.Where(current.Purposes.Contains));
        terms.Release = Strictness(current.Release) > Strictness(agreed.Release) ? current.Release : agreed.Release;
        terms.Aggregation = current.Aggregation == Aggregation.Secure ? Aggregation.Secure : agreed.Aggregation;
        terms.Disclosure = StricterOf(agreed.Disclosure ?? new Disclosure(), current.Disclosure ?? new Disclosure());
        terms.Budget = StricterOf(agreed.Budget, current.Budget);
        terms.ResponseGridMs = Math.Max(agreed.ResponseGridMs, current.ResponseGridMs);
        terms.QueriesPerDay = LeastOfLimits(agreed.QueriesPerDay, current.QueriesPerDay);
        if (agreed.ColumnsListed || current.ColumnsListed)
        {
            terms.ColumnsListed = true;
            terms.Columns.Clear();
            terms.Columns.Add(InBoth(agreed, current, product));
        }

        return terms;
    }

    // What can be computed from either of two uses may stay, so uses are written out before they are intersected.
    private static IEnumerable<ColumnRule> InBoth(OfferTerms agreed, OfferTerms current, Product product)
    {
        var first = OfferColumns.UsesOf(agreed, product);
        var second = OfferColumns.UsesOf(current, product);
        foreach (var (column, uses) in first.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var both = second.TryGetValue(column, out var others) ? uses.Where(others.Contains).Order().ToList() : [];
            if (both.Count > 0)
            {
                yield return new ColumnRule { Column = column, Uses = { both } };
            }
        }
    }

    private static Disclosure StricterOf(Disclosure a, Disclosure b) => new()
    {
        MinUnits = Math.Max(a.MinUnits, b.MinUnits),
        MinNodes = Math.Max(a.MinNodes, b.MinNodes),
        DominanceN = Math.Max(a.DominanceN, b.DominanceN),
        DominancePercent = Math.Min(a.DominancePercent, b.DominancePercent),
        PPercent = Math.Max(a.PPercent, b.PPercent),
        Coalition = Math.Max(a.Coalition, b.Coalition),
        MinSpread = Math.Max(a.MinSpread, b.MinSpread),
        RoundTo = Math.Max(a.RoundTo, b.RoundTo),
    };

    private static PrivacyBudget? StricterOf(PrivacyBudget? a, PrivacyBudget? b) => (a, b) switch
    {
        (null, _) => b?.Clone(),
        (_, null) => a.Clone(),
        _ => new PrivacyBudget
        {
            Rho = Math.Min(a.Rho, b.Rho),
            Delta = Math.Min(a.Delta, b.Delta),
            Per = PeriodLength(a.Per) >= PeriodLength(b.Per) ? a.Per : b.Per,
            AgreementRho = Math.Min(a.AgreementRho, b.AgreementRho),
            GroupsPerUnit = Math.Min(a.GroupsPerUnit, b.GroupsPerUnit),
            RowsPerGroup = Math.Min(a.RowsPerGroup, b.RowsPerGroup),
        },
    };

    private static int LeastOfLimits(int a, int b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    private static int PeriodLength(string per) => per switch { "month" => 1, "quarter" => 3, _ => 12 };

    private static int Strictness(ReleaseClass release) => release switch
    {
        ReleaseClass.Checked => 1,
        ReleaseClass.Noisy => 2,
        ReleaseClass.Table => 3,
        _ => 0,
    };
}
