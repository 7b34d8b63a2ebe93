using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>An expression of the supported SQL, as written: names not looked up, types not known.</summary>
/// <param name="Place">Where it starts, in bytes of UTF-8; null when the parser does not say.</param>
internal abstract record SqlExpression(int? Place);

/// <summary>A column name, with the table's name before it or without.</summary>
internal sealed record SqlColumn(int? Place, string? Table, string Name) : SqlExpression(Place);

/// <summary>A constant: null, bool, string, Int128, ExactDecimal, double, <see cref="SqlDate"/> or <see cref="SqlTimestamp"/>.</summary>
internal sealed record SqlLiteral(int? Place, object? Value) : SqlExpression(Place);

/// <summary>DATE '…', in days since 1970-01-01.</summary>
internal readonly record struct SqlDate(int Days);

/// <summary>TIMESTAMP '…', in microseconds since 1970-01-01.</summary>
internal readonly record struct SqlTimestamp(long Microseconds);

/// <summary>A function or operator that plans have too.</summary>
internal sealed record SqlOperation(int? Place, Operator Operator, IReadOnlyList<SqlExpression> Arguments, Grain Grain = Grain.Unspecified) : SqlExpression(Place);

/// <summary>CASE.</summary>
internal sealed record SqlCase(int? Place, IReadOnlyList<(SqlExpression Condition, SqlExpression Result)> Branches, SqlExpression? Otherwise) : SqlExpression(Place);

/// <summary>An aggregate function.</summary>
internal sealed record SqlAggregate(int? Place, AggregateFunction Function, IReadOnlyList<SqlExpression> Arguments, SqlExpression? Filter) : SqlExpression(Place)
{
    /// <summary>Of a quantile: from 0 to 1.</summary>
    public double Fraction { get; init; }
}
