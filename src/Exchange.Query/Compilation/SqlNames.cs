using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>The name of an answer's column that has no alias: what was asked, in short.</summary>
internal static class SqlNames
{
    private const int CharactersMax = 100;

    public static string Of(SqlExpression expression)
    {
        var name = Short(expression);
        return name.Length <= CharactersMax ? name : name[..CharactersMax] + "…";
    }

    private static string Short(SqlExpression expression) => expression switch
    {
        SqlColumn column => column.Name,
        SqlAggregate { Function: AggregateFunction.CountUnits } aggregate => $"count(DISTINCT {List(aggregate.Arguments)})",
        SqlAggregate { Function: AggregateFunction.Quantile, Fraction: not 0.5 } aggregate =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"quantile_cont({List(aggregate.Arguments)}, {aggregate.Fraction})"),
        SqlAggregate aggregate => $"{BoundText.Name(aggregate.Function)}({(aggregate.Arguments.Count == 0 ? "*" : List(aggregate.Arguments))})",
        SqlOperation { Operator: Operator.DateTrunc } operation => $"date_trunc('{operation.Grain.ToString().ToLowerInvariant()}', {List(operation.Arguments)})",
        SqlOperation { Operator: Operator.Extract } operation => $"{operation.Grain.ToString().ToLowerInvariant()}({List(operation.Arguments)})",
        SqlOperation { Operator: Operator.Negate } operation => $"-{List(operation.Arguments)}",
        SqlOperation { Operator: >= Operator.Add and <= Operator.Divide } operation =>
            $"({Short(operation.Arguments[0])} {"+-*/"[operation.Operator - Operator.Add]} {Short(operation.Arguments[1])})",
        SqlOperation => "condition",
        SqlCase => "case",
        SqlLiteral literal => literal.Value switch
        {
            Int128 or Expressions.ExactDecimal => literal.Value.ToString()!,
            _ => "constant",
        },
        _ => "value",
    };

    private static string List(IReadOnlyList<SqlExpression> arguments) => string.Join(", ", arguments.Select(Short));
}
