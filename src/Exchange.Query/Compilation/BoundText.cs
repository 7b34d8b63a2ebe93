using System.Globalization;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>
/// Bound expressions as text: for people, and as identity, since two expressions mean the same when their texts are equal.
/// </summary>
internal static class BoundText
{
    public static string Of(BoundExpression expression) => expression switch
    {
        BoundLiteral literal => OfValue(literal.Value),
        BoundColumn column => Name(column.Column.Name),
        BoundKey key => Of(key.Key),
        BoundFigure figure => Of(figure.Aggregate),
        BoundParticipant => "participant",
        BoundCall call => OfCall(call),
        BoundCase @case => OfCase(@case),
        BoundAggregate aggregate => OfAggregate(aggregate),
        _ => throw new InvalidOperationException("An expression without a text."),
    };

    /// <summary>The name, in double quotes unless it is a plain word.</summary>
    public static string Name(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
            ? name
            : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The function's name in SQL.</summary>
    public static string Name(AggregateFunction function) => function switch
    {
        AggregateFunction.CountRows or AggregateFunction.Count => "count",
        AggregateFunction.Sum => "sum",
        AggregateFunction.Avg => "avg",
        AggregateFunction.VarSamp => "var_samp",
        AggregateFunction.VarPop => "var_pop",
        AggregateFunction.StddevSamp => "stddev_samp",
        AggregateFunction.StddevPop => "stddev_pop",
        AggregateFunction.Corr => "corr",
        AggregateFunction.CovarSamp => "covar_samp",
        AggregateFunction.CovarPop => "covar_pop",
        AggregateFunction.Min => "min",
        AggregateFunction.Max => "max",
        AggregateFunction.CountUnits => "count",
        _ => "median",
    };

    private static string OfAggregate(BoundAggregate aggregate)
    {
        var arguments = aggregate.Argument is null ? "*" : Of(aggregate.Argument) + (aggregate.Second is null ? "" : ", " + Of(aggregate.Second));
        var filter = aggregate.Filter is null ? "" : $" filter (where {Of(aggregate.Filter)})";
        return aggregate.Function switch
        {
            AggregateFunction.CountUnits => $"count(distinct {arguments}){filter}",
            AggregateFunction.Quantile => string.Create(CultureInfo.InvariantCulture, $"quantile_cont({arguments}, {aggregate.Fraction}){filter}"),
            _ => $"{Name(aggregate.Function)}({arguments}){filter}",
        };
    }

    private static string OfCall(BoundCall call)
    {
        var arguments = call.Arguments.Select(Of).ToList();
        return call.Operator switch
        {
            Operator.Negate => $"(- {arguments[0]})",
            Operator.Not => $"(not {arguments[0]})",
            Operator.IsNull => $"({arguments[0]} is null)",
            Operator.IsNotNull => $"({arguments[0]} is not null)",
            Operator.In => $"({arguments[0]} in ({string.Join(", ", arguments.Skip(1))}))",
            Operator.DateTrunc => $"date_trunc('{UnitOf(call)}', {arguments[0]})",
            Operator.Extract => $"extract({UnitOf(call)} from {arguments[0]})",
            Operator.Bucket => $"bucket({arguments[0]})",
            _ => $"({string.Join($" {SymbolOf(call.Operator)} ", arguments)})",
        };
    }

    private static string OfCase(BoundCase @case)
    {
        var branches = string.Concat(@case.Branches.Select(branch => $" when {Of(branch.Condition)} then {Of(branch.Result)}"));
        return $"case{branches}{(@case.Otherwise is null ? "" : " else " + Of(@case.Otherwise))} end";
    }

    private static string OfValue(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => $"'{value.StringValue.Replace("'", "''", StringComparison.Ordinal)}'",
        Value.KindOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture) + "e0",
        Value.KindOneofCase.DecimalValue => value.DecimalValue + (value.DecimalValue.Contains('.') ? "" : "."),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.DateValue => $"date '{DateTime.UnixEpoch.AddDays(value.DateValue):yyyy-MM-dd}'",
        Value.KindOneofCase.TimestampValue => $"timestamp '{DateTime.UnixEpoch.AddMicroseconds(value.TimestampValue):yyyy-MM-dd HH:mm:ss.FFFFFF}'",
        _ => "null",
    };

    private static string UnitOf(BoundCall call) => call.Grain.ToString().ToLowerInvariant();

    private static string SymbolOf(Operator function) => function switch
    {
        Operator.Add => "+",
        Operator.Subtract => "-",
        Operator.Multiply => "*",
        Operator.Divide => "/",
        Operator.Equal => "=",
        Operator.NotEqual => "<>",
        Operator.Less => "<",
        Operator.LessOrEqual => "<=",
        Operator.Greater => ">",
        Operator.GreaterOrEqual => ">=",
        Operator.And => "and",
        _ => "or",
    };
}
