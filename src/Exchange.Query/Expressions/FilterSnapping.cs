using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>
/// Moves comparisons that lie between the cut points of a dimension, or inside of its calendar units, to the nearest cut point or first
/// day; of two that are equally near to the lower one. The asker's own node moves them before it signs the question, so owners see an
/// ordinary filter and have nothing to believe. What has no direction (=, &lt;&gt;, IN) is left as it is, and refused by the table.
/// </summary>
public static class FilterSnapping
{
    /// <summary>The fragment with its filters moved, and each move in words. The fragment itself is not changed.</summary>
    public static (Fragment Fragment, IReadOnlyList<string> Moved) Snap(Fragment fragment, Product product)
    {
        var (snapped, moved) = (fragment.Clone(), new List<string>());
        foreach (var condition in snapped.Aggregates.Select(aggregate => aggregate.Filter).Prepend(snapped.Where).OfType<Expression>())
        {
            Snap(condition, product, moved);
        }

        return (snapped, [.. moved.Distinct()]);
    }

    private static void Snap(Expression condition, Product product, List<string> moved)
    {
        if (condition.KindCase != Expression.KindOneofCase.Call)
        {
            return;
        }

        var call = condition.Call;
        if (call.Operator is Operator.And or Operator.Or or Operator.Not)
        {
            foreach (var argument in call.Arguments)
            {
                Snap(argument, product, moved);
            }
        }
        else if (call.Operator is Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual)
        {
            SnapComparison(call, product, moved);
        }
    }

    private static void SnapComparison(Call call, Product product, List<string> moved)
    {
        var turned = call.Arguments[0].KindCase == Expression.KindOneofCase.Literal;
        var (side, constant) = turned ? (call.Arguments[1], call.Arguments[0]) : (call.Arguments[0], call.Arguments[1]);
        if (side.KindCase != Expression.KindOneofCase.Column || constant.KindCase != Expression.KindOneofCase.Literal
            || !product.Columns.TryGetValue(side.Column, out var column) || column.Role != ColumnRole.Dimension)
        {
            return;
        }

        var below = (call.Operator is Operator.Less or Operator.LessOrEqual) != turned;
        var orAt = call.Operator is Operator.LessOrEqual or Operator.GreaterOrEqual;
        // x <= 5 and x > 5 part at what comes after 5.
        var upTo = below == orAt;
        if (Boundaries(column, constant.Literal, call) is not { } near || Nearest(column, near, constant.Literal, upTo) is not { } to)
        {
            return;
        }

        var written = $"{column.Name} {SignOf(call.Operator, turned)} {TextOf(constant.Literal)}";
        call.Operator = below ? Operator.Less : Operator.GreaterOrEqual;
        call.Arguments.Clear();
        call.Arguments.Add(side);
        call.Arguments.Add(new Expression { Literal = to });
        moved.Add($"{written} was moved to {column.Name} {SignOf(call.Operator, false)} {TextOf(to)}");
    }

    /// <summary>The places next to the constant at which the dimension is cut; null where the comparison does not lie between any.</summary>
    private static List<object>? Boundaries(Column column, Value constant, Call call)
    {
        if (column.Cuts.Count > 0)
        {
            return Enumerable.Range(0, column.Cuts.Count + 1).Any(bucket => CutsThrough(call, column, (long)bucket))
                ? [.. column.Cuts.Where(cut => LiteralOf(cut, column) is not null).Select(cut => (object)cut)] : null;
        }

        if (column.Grain == Grain.Unspecified || constant.KindCase is not (Value.KindOneofCase.DateValue or Value.KindOneofCase.TimestampValue))
        {
            return null;
        }

        var moment = constant.KindCase == Value.KindOneofCase.DateValue ? constant.DateValue : constant.TimestampValue;
        var isDay = constant.KindCase == Value.KindOneofCase.DateValue;
        var start = column.Grain == Grain.Hour ? CalendarUnits.TruncateHour(moment) : CalendarUnits.TruncateDay(isDay ? moment : CalendarUnits.DayOf(moment), column.Grain);
        if (!CutsThrough(call, column, start))
        {
            return null;
        }

        var unit = isDay || column.Grain == Grain.Hour ? 1 : CalendarUnits.MicrosecondsPerDay;
        return [start * unit, CalendarUnits.Next(start, column.Grain) * unit];
    }

    private static bool CutsThrough(Call call, Column column, long key)
    {
        try
        {
            KeyConditions.TruthOf(new Expression { Call = call }, column, key);
            return false;
        }
        catch (ExchangeException between) when (between.Reason == Reasons.FilterBetweenCuts)
        {
            return true;
        }
    }

    private static Value? Nearest(Column column, List<object> near, Value constant, bool upTo)
    {
        // Of days and whole numbers, up to and including one is below the next.
        var step = upTo ? 1 : 0;
        var at = constant.KindCase switch
        {
            Value.KindOneofCase.DateValue => constant.DateValue + step,
            Value.KindOneofCase.TimestampValue => constant.TimestampValue,
            Value.KindOneofCase.IntValue => constant.IntValue + step,
            Value.KindOneofCase.DecimalValue when ExactDecimal.TryParse(constant.DecimalValue, out var exact) => exact.ToDouble(),
            Value.KindOneofCase.DoubleValue => constant.DoubleValue,
            _ => double.NaN,
        };
        // MinBy takes the first of equals, and they ascend.
        return double.IsNaN(at) || near.Count == 0 ? null : LiteralOf(near.MinBy(place => Math.Abs(Convert.ToDouble(place, CultureInfo.InvariantCulture) - at))!, column);
    }

    /// <summary>The boundary as a constant of the column's type; null where the type does not hold it.</summary>
    private static Value? LiteralOf(object boundary, Column column) => (boundary, column.Type.Kind) switch
    {
        (long day, TypeKind.Date) => new Value { DateValue = (int)day },
        (long moment, _) => new Value { TimestampValue = moment },
        (double cut, TypeKind.Int) => Math.Floor(cut) == cut && Math.Abs(cut) < long.MaxValue / 2 ? new Value { IntValue = (long)cut } : null,
        (double cut, TypeKind.Decimal) => ExactDecimal.TryParse(cut.ToString("0.############################", CultureInfo.InvariantCulture), out var exact) && exact.FloorTo(column.Type.Scale) is (var floor, true)
            ? new Value { DecimalValue = floor.ToString() } : null,
        (double cut, _) => new Value { DoubleValue = cut },
        _ => null,
    };

    private static string SignOf(Operator comparison, bool turned) => comparison switch
    {
        Operator.Less => turned ? ">" : "<",
        Operator.LessOrEqual => turned ? ">=" : "<=",
        Operator.Greater => turned ? "<" : ">",
        _ => turned ? "<=" : ">=",
    };

    private static string TextOf(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
        Value.KindOneofCase.DecimalValue => value.DecimalValue,
        Value.KindOneofCase.DateValue => DateTime.UnixEpoch.AddDays(value.DateValue).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => DateTime.UnixEpoch.AddMicroseconds(value.TimestampValue).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
    };
}
