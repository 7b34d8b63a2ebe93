using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

/// <summary>What may be done with a column, by its role, and what one use brings with it. Pure.</summary>
internal static class ColumnUses
{
    private static readonly ColumnUse[] OfDimension = [ColumnUse.Group, ColumnUse.Filter, ColumnUse.Count];

    private static readonly ColumnUse[] OfMeasure =
    [
        ColumnUse.Filter, ColumnUse.Count, ColumnUse.Sum, ColumnUse.Avg, ColumnUse.Variance, ColumnUse.Corr, ColumnUse.Quantile, ColumnUse.Range,
    ];

    private static readonly ColumnUse[] OfIdentifier = [ColumnUse.Units];

    /// <summary>Uses that an offer may list for a column.</summary>
    public static IReadOnlyList<ColumnUse> FittingFor(Column column) => column.Role switch
    {
        ColumnRole.Dimension => OfDimension,
        ColumnRole.Measure => OfMeasure,
        ColumnRole.Identifier => OfIdentifier,
        _ => [],
    };

    /// <summary>What an offer without a column list allows: every dimension may group and filter, every measure every aggregate.</summary>
    public static IReadOnlyList<ColumnUse> WithoutList(Column column) => column.Role switch
    {
        ColumnRole.Dimension => [ColumnUse.Group, ColumnUse.Filter],
        ColumnRole.Measure => [.. OfMeasure.Where(use => use != ColumnUse.Filter)],
        _ => [],
    };

    /// <summary>The use itself and everything that whoever has its result can compute.</summary>
    public static IReadOnlyList<ColumnUse> ImpliedBy(ColumnUse use) => use switch
    {
        ColumnUse.Avg => [ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        ColumnUse.Variance => [ColumnUse.Variance, ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        ColumnUse.Corr => [ColumnUse.Corr, ColumnUse.Variance, ColumnUse.Avg, ColumnUse.Count, ColumnUse.Sum],
        _ => [use],
    };

    /// <summary>The word for it in an offer file.</summary>
    public static string Word(ColumnUse use) => use.ToString().ToLowerInvariant();
}
