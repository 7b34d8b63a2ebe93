using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>A query bound to its product: every name known, every type right, every rule of grouping kept. Third stage.</summary>
/// <param name="Product">The product.</param>
/// <param name="Where">Rows that count; null for all.</param>
/// <param name="Keys">Distinct grouping expressions, <c>participant</c> among them.</param>
/// <param name="Outputs">The SELECT list over keys and aggregates.</param>
/// <param name="Having">Groups that count; null for all.</param>
/// <param name="OrderBy">Order of the rows.</param>
/// <param name="Limit">Most rows; null for all.</param>
/// <param name="Offset">Rows left out first.</param>
internal sealed record BoundQuery(
    Product Product, BoundExpression? Where, IReadOnlyList<BoundExpression> Keys, IReadOnlyList<BoundOutput> Outputs,
    BoundExpression? Having, IReadOnlyList<BoundOrder> OrderBy, long? Limit, long Offset);

/// <summary>One column of the answer.</summary>
internal sealed record BoundOutput(string Name, BoundExpression Expression);

/// <summary>One entry of ORDER BY.</summary>
internal sealed record BoundOrder(BoundExpression Expression, bool Descending, bool NullsFirst);
