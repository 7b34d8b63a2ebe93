using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>Computes expressions over released keys and figures, with SQL's three-valued logic.</summary>
internal static class ReleasedEvaluator
{
    /// <exception cref="OverflowException">A result beyond its type.</exception>
    public static object? Evaluate(BoundExpression expression, ReleasedRow row) => expression switch
    {
        BoundKey key => row.Keys[key.Index],
        BoundFigure figure => row.Figures[figure.Index],
        BoundLiteral literal => ReleasedValues.OfValue(literal.Value),
        BoundCase @case => Case(@case, row),
        BoundCall { Operator: Operator.And or Operator.Or } call => Connected(call, row),
        BoundCall { Operator: Operator.In } call => In(call, row),
        BoundCall { Operator: Operator.IsNull } call => Evaluate(call.Arguments[0], row) is null,
        BoundCall { Operator: Operator.IsNotNull } call => Evaluate(call.Arguments[0], row) is not null,
        BoundCall { Arguments.Count: 1 } call => Evaluate(call.Arguments[0], row) is { } value ? Unary(call, value) : null,
        BoundCall call => Evaluate(call.Arguments[0], row) is { } left && Evaluate(call.Arguments[1], row) is { } right ? Binary(call, left, right) : null,
        _ => throw new InvalidOperationException("Only keys and figures are known after the merge."),
    };

    private static object? Case(BoundCase @case, ReleasedRow row)
    {
        foreach (var (condition, result) in @case.Branches)
        {
            if (Evaluate(condition, row) is true)
            {
                return InType(Evaluate(result, row), @case.Result);
            }
        }

        return @case.Otherwise is null ? null : InType(Evaluate(@case.Otherwise, row), @case.Result);
    }

    /// <summary>AND is false if any is false, OR true if any is true; else NULL if any is NULL.</summary>
    private static object? Connected(BoundCall call, ReleasedRow row)
    {
        var decisive = call.Operator == Operator.Or;
        object? result = !decisive;
        foreach (var argument in call.Arguments)
        {
            var value = (bool?)Evaluate(argument, row);
            if (value == decisive)
            {
                return decisive;
            }

            result = value is null ? null : result;
        }

        return result;
    }

    private static object? In(BoundCall call, ReleasedRow row) =>
        Evaluate(call.Arguments[0], row) is { } value
            ? call.Arguments.Skip(1).Any(constant => ReleasedValues.Compare(value, Evaluate(constant, row)!) == 0)
            : null;

    private static object? Unary(BoundCall call, object value) => (call.Operator, value) switch
    {
        (Operator.Not, bool flag) => !flag,
        (Operator.Negate, Int128 number) => checked(-number),
        (Operator.Negate, ExactDecimal number) => -number,
        (Operator.Negate, double number) => -number,
        (Operator.DateTrunc, long moment) => Truncate(call, moment),
        (Operator.Extract, long moment) => (Int128)(call.Arguments[0].Type!.Kind == TypeKind.Date
            ? CalendarUnits.PartOfDay(moment, call.Grain)
            : CalendarUnits.PartOfMoment(moment, call.Grain)),
        _ => throw new InvalidOperationException("A function that released values do not have."),
    };

    private static object Truncate(BoundCall call, long moment) =>
        call.Grain == Grain.Hour ? CalendarUnits.TruncateHour(moment)
        : CalendarUnits.TruncateDay(call.Arguments[0].Type!.Kind == TypeKind.Date ? moment : CalendarUnits.DayOf(moment), call.Grain);

    private static object? Binary(BoundCall call, object left, object right) => call.Operator switch
    {
        Operator.Equal => ReleasedValues.Compare(left, right) == 0,
        Operator.NotEqual => ReleasedValues.Compare(left, right) != 0,
        Operator.Less => ReleasedValues.Compare(left, right) < 0,
        Operator.LessOrEqual => ReleasedValues.Compare(left, right) <= 0,
        Operator.Greater => ReleasedValues.Compare(left, right) > 0,
        Operator.GreaterOrEqual => ReleasedValues.Compare(left, right) >= 0,
        Operator.Divide => ToDouble(right) is var divisor && divisor != 0 ? ToDouble(left) / divisor : null,
        _ => Arithmetic(call, left, right),
    };

    private static object Arithmetic(BoundCall call, object left, object right) => call.Result.Kind switch
    {
        TypeKind.Double => Doubles(call.Operator, ToDouble(left), ToDouble(right)),
        TypeKind.Decimal => Decimals(call.Operator, ToDecimal(left), ToDecimal(right)),
        _ => Ints(call.Operator, (Int128)left, (Int128)right),
    };

    private static double Doubles(Operator function, double left, double right) => function switch
    {
        Operator.Add => left + right,
        Operator.Subtract => left - right,
        _ => left * right,
    };

    private static ExactDecimal Decimals(Operator function, ExactDecimal left, ExactDecimal right) => function switch
    {
        Operator.Add => left + right,
        Operator.Subtract => left - right,
        _ => left * right,
    };

    private static Int128 Ints(Operator function, Int128 left, Int128 right) => function switch
    {
        Operator.Add => checked(left + right),
        Operator.Subtract => checked(left - right),
        _ => checked(left * right),
    };

    private static object? InType(object? value, ColumnType type) => value is ExactDecimal number ? number.WithScale(type.Scale) : value;

    private static ExactDecimal ToDecimal(object value) => value is Int128 number ? new ExactDecimal(number, 0) : (ExactDecimal)value;

    private static double ToDouble(object value) => value switch
    {
        Int128 number => (double)number,
        ExactDecimal number => number.ToDouble(),
        _ => (double)value,
    };
}
