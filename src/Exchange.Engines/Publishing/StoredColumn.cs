using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;

namespace Exchange.Engines.Publishing;

/// <summary>A column that parts hold, with every rule that its values must keep.</summary>
/// <param name="Name">Its name in the source and in the part.</param>
/// <param name="Type">Its type.</param>
/// <param name="Required">No empty field.</param>
/// <param name="Domain">Texts it may take, in byte order, so that the order of the values is the order of the texts; empty for any.</param>
/// <param name="Interval">Numbers it may take; null for any.</param>
/// <param name="IntervalName">What the product calls the interval: <c>range</c> or <c>bounds</c>.</param>
/// <param name="Format">strptime pattern of dates in text; empty for ISO 8601.</param>
internal sealed record StoredColumn(
    string Name, ColumnType Type, bool Required, IReadOnlyList<string> Domain, Interval? Interval, string IntervalName, string Format)
{
    /// <summary>The stored columns of a product, in its order; a column made from another is not stored.</summary>
    public static IReadOnlyList<StoredColumn> Of(Product product) => [.. product.Definition.Columns
        .Where(column => column.From.Length == 0)
        .Select(column => new StoredColumn(
            column.Name, column.Type, column.Required,
            [.. column.Domain.Distinct(StringComparer.Ordinal).Order(Utf8Order.Instance)],
            column.Range ?? column.Bounds, column.Range is null ? "bounds" : "range", column.Format))];
}
