using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>
/// What can be said of rows that are known only by the key of one dimension: its value, its interval or its calendar unit (keys as in
/// <see cref="Execution.RawCell"/>). A condition that is true of some values of a key and false of others is refused, never guessed.
/// Expressions are those of an approved fragment, so their types fit.
/// </summary>
public static class KeyConditions
{
    /// <summary>The one dimension that a condition without AND, OR and NOT is about; null when it is about none.</summary>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c> when it is about more than one, or not about a dimension.</exception>
    public static Column? DimensionOf(Expression condition, Product product)
    {
        var names = ColumnsOf(condition).Distinct().ToList();
        if (names.Count == 0)
        {
            return null;
        }

        var column = product.Columns[names[0]];
        return names.Count == 1 && column.Role == ColumnRole.Dimension ? column
            : throw Reasons.NotInTable.Because("The question has a condition on more than one column, or on a measure.", "Ask with conditions on one dimension each, joined by AND and OR.");
    }

    /// <summary>Whether the condition holds for the rows of a key; null where SQL says NULL.</summary>
    /// <param name="condition">Without AND, OR and NOT.</param>
    /// <param name="column">Its dimension; null for a constant.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="ExchangeException"><c>FILTER_BETWEEN_CUTS</c>, or <c>NOT_IN_TABLE</c> for a form that cannot be decided.</exception>
    public static bool? TruthOf(Expression condition, Column? column, object? key)
    {
        if (condition.KindCase == Expression.KindOneofCase.Literal)
        {
            return condition.Literal.KindCase == Value.KindOneofCase.BoolValue ? condition.Literal.BoolValue : null;
        }

        if (condition.KindCase == Expression.KindOneofCase.Column)
        {
            return key is null ? null : key is long flag ? flag != 0 : throw NotDecidable();
        }

        if (condition.KindCase != Expression.KindOneofCase.Call)
        {
            throw NotDecidable();
        }

        var call = condition.Call;
        if (call.Operator is Operator.IsNull or Operator.IsNotNull)
        {
            return RangeOf(call.Arguments[0], column, key) is null == (call.Operator == Operator.IsNull);
        }

        if (call.Operator == Operator.In)
        {
            return Any(call.Arguments.Skip(1).Select(constant => Compare(Operator.Equal, call.Arguments[0], constant, column, key)));
        }

        return Compare(call.Operator, call.Arguments[0], call.Arguments[1], column, key);
    }

    /// <summary>The value of a grouping expression for the rows of its dimension's key.</summary>
    public static object? GroupOf(Expression grouping, Column column, object? key) =>
        RangeOf(grouping, column, key) is { } range && range.IsPoint ? range.Key : null;

    private static bool? Any(IEnumerable<bool?> truths)
    {
        bool? found = false;
        foreach (var truth in truths)
        {
            if (truth == true)
            {
                return true;
            }

            found = truth is null ? null : found;
        }

        return found;
    }

    private static bool? Compare(Operator function, Expression left, Expression right, Column? column, object? key)
    {
        if (left.KindCase == Expression.KindOneofCase.Literal && right.KindCase != Expression.KindOneofCase.Literal)
        {
            return Compare(Mirrored(function), right, left, column, key);
        }

        if (right.KindCase != Expression.KindOneofCase.Literal || left.KindCase == Expression.KindOneofCase.Literal)
        {
            throw NotDecidable();
        }

        return RangeOf(left, column, key) is not { } range || ReleasedValues.OfValue(right.Literal) is not { } constant ? null : function switch
        {
            Operator.Equal => range.IsEqual(constant),
            Operator.NotEqual => !range.IsEqual(constant),
            Operator.Less => range.IsBelow(constant, orAt: false),
            Operator.LessOrEqual => range.IsBelow(constant, orAt: true),
            Operator.Greater => !range.IsBelow(constant, orAt: true),
            Operator.GreaterOrEqual => !range.IsBelow(constant, orAt: false),
            _ => throw NotDecidable(),
        };
    }

    private static Operator Mirrored(Operator function) => function switch
    {
        Operator.Less => Operator.Greater,
        Operator.LessOrEqual => Operator.GreaterOrEqual,
        Operator.Greater => Operator.Less,
        Operator.GreaterOrEqual => Operator.LessOrEqual,
        _ => function,
    };

    /// <summary>Where the values of an expression lie for the rows of a key; null for NULL.</summary>
    private static KeyRange? RangeOf(Expression expression, Column? column, object? key)
    {
        if (column is null)
        {
            throw NotDecidable();
        }

        if (key is null)
        {
            return null;
        }

        if (expression.KindCase == Expression.KindOneofCase.Column)
        {
            return KeyRange.OfColumn(column, key);
        }

        if (expression.KindCase != Expression.KindOneofCase.Call || expression.Call.Operator is not (Operator.Bucket or Operator.DateTrunc or Operator.Extract))
        {
            throw NotDecidable();
        }

        var call = expression.Call;
        if (call.Operator == Operator.Bucket)
        {
            return KeyRange.OfPoint(key, ColumnTypes.Int);
        }

        // What is cut to a unit that follows from the column's own is known exactly; anything finer is not.
        var inner = call.Arguments[0];
        var raw = inner.KindCase == Expression.KindOneofCase.Column;
        if (raw && column.Grain != Grain.Unspecified && !CalendarUnits.Follows(call.Grain, column.Grain))
        {
            throw Between(column);
        }

        var isDay = (raw ? TypeOfKey(column) : inner.Call.Grain == Grain.Hour ? ColumnTypes.Timestamp : ColumnTypes.Date).Kind == TypeKind.Date;
        var moment = raw ? (long)key : RangeOf(inner, column, key) is { IsPoint: true, Key: long cut } ? cut : throw Between(column);
        return call.Operator == Operator.Extract
            ? KeyRange.OfPoint(isDay ? CalendarUnits.PartOfDay(moment, call.Grain) : CalendarUnits.PartOfMoment(moment, call.Grain), ColumnTypes.Int)
            : call.Grain == Grain.Hour
                ? KeyRange.OfPoint(CalendarUnits.TruncateHour(isDay ? moment * CalendarUnits.MicrosecondsPerDay : moment), ColumnTypes.Timestamp)
                : KeyRange.OfPoint(CalendarUnits.TruncateDay(isDay ? moment : CalendarUnits.DayOf(moment), call.Grain), ColumnTypes.Date);
    }

    /// <summary>The type of the keys that the dimension groups by.</summary>
    public static ColumnType TypeOfKey(Column column) => column switch
    {
        { Cuts.Count: > 0 } => ColumnTypes.Int,
        { Grain: Grain.Hour } => ColumnTypes.Timestamp,
        { Grain: not Grain.Unspecified } => ColumnTypes.Date,
        _ => column.Type,
    };

    private static IEnumerable<string> ColumnsOf(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => [expression.Column],
        Expression.KindOneofCase.Call => expression.Call.Arguments.SelectMany(ColumnsOf),
        Expression.KindOneofCase.CaseExpression => expression.CaseExpression.Branches
            .SelectMany(branch => ColumnsOf(branch.Condition).Concat(ColumnsOf(branch.Result)))
            .Concat(expression.CaseExpression.Otherwise is { } otherwise ? ColumnsOf(otherwise) : []),
        _ => [],
    };

    internal static ExchangeException Between(Column column) => Reasons.FilterBetweenCuts.Because(
        $"The filter cuts through the intervals or calendar units by which {Naming.Quote(column.Name)} is in the owner's table.",
        "Filter at the cut points, or at the first day of a unit.");

    private static ExchangeException NotDecidable() => Reasons.NotInTable.Because(
        "The question has a condition that the owner's table cannot decide.", "Compare a dimension with constants: =, <>, <, <=, >, >=, IN, IS NULL.");
}
