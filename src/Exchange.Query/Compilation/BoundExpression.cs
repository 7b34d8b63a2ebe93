using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>An expression whose names are looked up and whose types fit.</summary>
/// <param name="Type">Its type; null only for the constant NULL.</param>
internal abstract record BoundExpression(ColumnType? Type);

/// <summary>A constant.</summary>
internal sealed record BoundLiteral(Value Value, ColumnType? Type) : BoundExpression(Type);

/// <summary>The raw value of a column or derived measure.</summary>
internal sealed record BoundColumn(Column Column, int? Place) : BoundExpression(Column.Type);

/// <summary>A function.</summary>
internal sealed record BoundCall(Operator Operator, IReadOnlyList<BoundExpression> Arguments, Grain Grain, ColumnType Result) : BoundExpression(Result);

/// <summary>CASE.</summary>
internal sealed record BoundCase(IReadOnlyList<(BoundExpression Condition, BoundExpression Result)> Branches, BoundExpression? Otherwise, ColumnType Result)
    : BoundExpression(Result);

/// <summary>An aggregate over the rows of a group.</summary>
internal sealed record BoundAggregate(AggregateFunction Function, BoundExpression? Argument, BoundExpression? Second, BoundExpression? Filter, ColumnType Result)
    : BoundExpression(Result)
{
    /// <summary>Of a quantile: from 0 to 1.</summary>
    public double Fraction { get; init; }
}

/// <summary>The pseudo-column <c>participant</c>: known only where answers are merged.</summary>
internal sealed record BoundParticipant(int? Place) : BoundExpression(Expressions.ColumnTypes.String);

/// <summary>A released group key.</summary>
/// <param name="Index">Number of the grouping expression.</param>
/// <param name="Key">The grouping expression.</param>
internal sealed record BoundKey(int Index, BoundExpression Key) : BoundExpression(Key.Type);

/// <summary>The merged result of an aggregate.</summary>
/// <param name="Index">Number of the figure in the plan.</param>
/// <param name="Aggregate">The aggregate.</param>
internal sealed record BoundFigure(int Index, BoundAggregate Aggregate) : BoundExpression(Aggregate.Type);
