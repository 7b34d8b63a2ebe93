using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Approval;

/// <summary>The words of an offer's <c>columns</c> and what they imply.</summary>
public static class ColumnUses
{
    /// <summary>
    /// Everything a word allows, itself included: an average is a sum over a count, a variance carries both and second moments, and a
    /// correlation carries the variances.
    /// </summary>
    public static IReadOnlyList<ColumnUse> ImpliedBy(ColumnUse use) => use switch
    {
        ColumnUse.Avg => [ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        ColumnUse.Variance => [ColumnUse.Variance, ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        ColumnUse.Corr => [ColumnUse.Corr, ColumnUse.Variance, ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        _ => [use],
    };

    /// <summary>Whether the word is about aggregates.</summary>
    public static bool IsAggregate(ColumnUse use) => use >= ColumnUse.Count;

    /// <summary>The word in an offer file.</summary>
    public static string NameOf(ColumnUse use) => use.ToString().ToLowerInvariant();
}
