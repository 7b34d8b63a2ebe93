using Exchange.Protocol.Catalog.V1;

namespace Exchange.Protocol.Previews;

/// <summary>What <c>table</c> terms let out, and what a table does not promise: all of it is in the table, which the owner can look at.</summary>
internal static class TablePreview
{
    public static IEnumerable<string> Of(OfferTerms terms, ProductDefinition product)
    {
        var rules = terms.Disclosure ?? new Disclosure();
        var secure = terms.Aggregation == Aggregation.Secure;
        yield return secure
            ? "It could learn sums of figures out of the safe tables of several owners and nothing else: no sequence of questions, by whomever, refines what is in this owner's table."
            : "It could learn exact figures out of the dataset's safe table and nothing else: no sequence of questions, by whomever, refines what is in it.";
        yield return $"Each block of the table stands on at least {rules.MinUnits} units; nobody in it can estimate another's part closer than {rules.PPercent:0.##} %, "
            + $"also {rules.Coalition} of them together, and the {rules.DominanceN} largest make up at most {rules.DominancePercent:0.##} % of a sum.";
        yield return "The figures are counts of units and rows, and counts and sums of measures, per block: a combination of values of the dimensions, or several together. "
            + "Which blocks there are, and what is in them, the owner sees with "
            + $"`exchange dataset table show {product.Name}/{product.Major}`; "
            + (secure ? "the consumer learns by asking which there are, and of what is in them sums with others' alone." : "the consumer learns it by asking, once both have signed.");
        yield return "Not promised: where the same units stand in two blocks (a panel of months), the difference of the blocks can be that of few units, and nobody checks it; "
            + "who knows all but a few members of a block learns the rest; a unit that is at two owners is not recognised.";
    }
}
