namespace Exchange.Query.Compilation;

/// <summary>One SELECT of one table in the supported SQL. Second stage of a query.</summary>
/// <param name="Text">The text, for the places in errors.</param>
/// <param name="Table">The table's name as written.</param>
/// <param name="TablePlace">Where it stands.</param>
/// <param name="TableAlias">Its alias; null for none.</param>
/// <param name="Items">The SELECT list.</param>
/// <param name="Where">WHERE; null for none.</param>
/// <param name="GroupBy">GROUP BY; empty for none.</param>
/// <param name="GroupByAll">GROUP BY ALL.</param>
/// <param name="Having">HAVING; null for none.</param>
/// <param name="OrderBy">ORDER BY.</param>
/// <param name="OrderByAll">ORDER BY ALL; its direction is that of the only entry of <paramref name="OrderBy"/>, whose expression is unused.</param>
/// <param name="Limit">LIMIT; null for none.</param>
/// <param name="Offset">OFFSET.</param>
internal sealed record SqlSyntax(
    QueryText Text, string Table, int? TablePlace, string? TableAlias, IReadOnlyList<SqlItem> Items, SqlExpression? Where,
    IReadOnlyList<SqlExpression> GroupBy, bool GroupByAll, SqlExpression? Having, IReadOnlyList<SqlOrder> OrderBy, bool OrderByAll,
    long? Limit, long Offset);

/// <summary>One entry of a SELECT list.</summary>
/// <param name="Expression">What.</param>
/// <param name="Alias">AS; null for none.</param>
internal sealed record SqlItem(SqlExpression Expression, string? Alias);

/// <summary>One entry of ORDER BY.</summary>
internal sealed record SqlOrder(SqlExpression? Expression, bool Descending, bool NullsFirst);
