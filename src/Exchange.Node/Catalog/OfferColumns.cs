using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Approval;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

/// <summary>What an offer may say about a column, by its role. Pure.</summary>
internal static class OfferColumns
{
    private static readonly ColumnUse[] OfDimension = [ColumnUse.Group, ColumnUse.Filter];

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

    /// <summary>What the terms allow, by column, with everything that a use brings with it.</summary>
    public static Dictionary<string, HashSet<ColumnUse>> UsesOf(OfferTerms terms, Product product) => terms.ColumnsListed
        ? terms.Columns.ToDictionary(rule => rule.Column, rule => rule.Uses.SelectMany(ColumnUses.ImpliedBy).ToHashSet())
        : product.Columns.Values.ToDictionary(column => column.Name, column => WithoutList(column).ToHashSet());

    // Every dimension may group and filter, every measure every aggregate, and units are counted.
    private static IEnumerable<ColumnUse> WithoutList(Column column) => column.Role switch
    {
        ColumnRole.Dimension => OfDimension,
        ColumnRole.Measure => OfMeasure.Where(ColumnUses.IsAggregate),
        ColumnRole.Identifier => OfIdentifier,
        _ => [],
    };
}
