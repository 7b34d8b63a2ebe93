using Exchange.Protocol.Catalog.V1;
using static System.FormattableString;

namespace Exchange.Protocol.Previews;

/// <summary>What a consumer could learn under a <c>noisy</c> offer, in sentences.</summary>
internal static class NoisyPreview
{
    /// <summary>The sentences.</summary>
    public static IEnumerable<string> Of(OfferTerms terms, ProductDefinition product)
    {
        yield return "It could learn counts, sums, averages, variances and quantiles with noise, of any rows it likes, so that no answers tell whether one unit is among the data.";
        if (terms.Budget is { } budget)
        {
            yield return Invariant($"Its answers may cost {(budget.AgreementRho > 0 ? budget.AgreementRho : budget.Rho)} zCDP, those of all consumers together {budget.Rho}, for the data admitted in one {budget.Per}; then it is refused until there are new data.");
        }

        if (terms.ResponseGridMs > 0)
        {
            yield return Invariant($"Answers leave on multiples of {terms.ResponseGridMs} ms after the question came, so that how long one takes tells next to nothing.");
        }

        foreach (var statement in terms.Budget is null ? [] : NoiseStatements.Of(terms.Budget, product.Unit))
        {
            yield return char.ToUpperInvariant(statement[0]) + statement[1..] + ".";
        }
    }
}
