using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>
/// Fits comparisons. A constant that the other side's type cannot hold (age &gt; 2.5 of an int) is replaced by the nearest one below,
/// with the comparison changed so that it is true for the same values and NULL for the same values.
/// </summary>
internal sealed class ComparisonFitter(QueryText text)
{
    /// <summary>How a constant lies in a type: held exactly, between two values of it, or outside of all.</summary>
    private enum Fit
    {
        Exact,
        Between,
        AboveAll,
        BelowAll,
    }

    public BoundExpression Compare(SqlOperation written, BoundExpression left, BoundExpression right)
    {
        if (left is BoundLiteral && right is not BoundLiteral)
        {
            return Compare(written with { Operator = Turned(written.Operator) }, right, left);
        }

        if (right is BoundLiteral constant && left is not BoundLiteral)
        {
            var (fit, value) = FitTo(constant, left.Type!) ?? throw Mismatch(written, left, right);
            return Fitted(written, left, fit, value);
        }

        var widest = TypeFitter.Widest(left.Type, right.Type!);
        if (TypeFitter.Widen(left, widest) is not { } one || TypeFitter.Widen(right, widest) is not { } other || one.Type!.Kind != other.Type!.Kind)
        {
            throw Mismatch(written, left, right);
        }

        return Ordered(written, one, other);
    }

    /// <summary>IN drops the constants that no value can equal; with none left it is false for every value.</summary>
    public BoundExpression In(SqlOperation written, List<BoundExpression> arguments)
    {
        var value = arguments[0];
        if (value is BoundLiteral)
        {
            throw text.Error(Reasons.SqlTypeMismatch, written.Place, "IN needs a column before it", "Write a column, then IN and constants.");
        }

        var constants = new List<BoundExpression> { value };
        foreach (var argument in arguments.Skip(1))
        {
            if (argument is not BoundLiteral literal)
            {
                throw text.Error(Reasons.SqlNotSupported, written.Place, "IN is supported with constants only", "Compare columns with = and OR.");
            }

            var (fit, fitted) = FitTo(literal, value.Type!) ?? throw Mismatch(written, value, literal);
            if (fit == Fit.Exact)
            {
                constants.Add(fitted!);
            }
        }

        return constants.Count > 1 ? TypeFitter.Call(Operator.In, constants) : TypeFitter.Call(Operator.NotEqual, [value, value]);
    }

    private BoundExpression Fitted(SqlOperation written, BoundExpression left, Fit fit, BoundLiteral? value) => (fit, written.Operator) switch
    {
        (Fit.Exact, _) => Ordered(written, left, value!),
        (Fit.Between, Operator.Greater or Operator.GreaterOrEqual) => Ordered(written with { Operator = Operator.Greater }, left, value!),
        (Fit.Between, Operator.Less or Operator.LessOrEqual) => Ordered(written with { Operator = Operator.LessOrEqual }, left, value!),
        (_, Operator.NotEqual) or (Fit.AboveAll, Operator.Less or Operator.LessOrEqual) or (Fit.BelowAll, Operator.Greater or Operator.GreaterOrEqual) =>
            TypeFitter.Call(Operator.Equal, [left, left]),
        _ => TypeFitter.Call(Operator.NotEqual, [left, left]),
    };

    private BoundCall Ordered(SqlOperation written, BoundExpression left, BoundExpression right)
    {
        if (left.Type!.Kind == TypeKind.Bool && written.Operator is not (Operator.Equal or Operator.NotEqual))
        {
            throw text.Error(Reasons.SqlTypeMismatch, written.Place, "TRUE and FALSE have no order", "Compare them with = or <>.");
        }

        return TypeFitter.Call(written.Operator, [left, right]);
    }

    /// <summary>Null when the constant is of another sort altogether.</summary>
    private static (Fit Fit, BoundLiteral? Value)? FitTo(BoundLiteral constant, ColumnType target)
    {
        if (constant.Type is null)
        {
            return null;
        }

        return (target.Kind, constant.Type.Kind) switch
        {
            (TypeKind.Int, TypeKind.Decimal or TypeKind.Double) or (TypeKind.Decimal, TypeKind.Int or TypeKind.Decimal or TypeKind.Double) => FitNumber(constant.Value, target),
            (TypeKind.Date, TypeKind.Timestamp) => FitDay(constant.Value.TimestampValue),
            (TypeKind.Date, TypeKind.String) when SqlConstantReader.Date(constant.Value.StringValue) is { } date => (Fit.Exact, Day(date.Days)),
            (TypeKind.Timestamp, TypeKind.String) when SqlConstantReader.Timestamp(constant.Value.StringValue) is { } moment =>
                (Fit.Exact, new BoundLiteral(new Value { TimestampValue = moment.Microseconds }, ColumnTypes.Timestamp)),
            _ => TypeFitter.Widen(constant, target) is BoundLiteral widened && widened.Type!.Kind == target.Kind ? (Fit.Exact, widened) : null,
        };
    }

    private static (Fit Fit, BoundLiteral? Value) FitNumber(Value value, ColumnType target)
    {
        var (low, high) = target.Kind == TypeKind.Int
            ? (new ExactDecimal(long.MinValue, 0), new ExactDecimal(long.MaxValue, 0))
            : (new ExactDecimal(1 - ExactDecimal.PowerOfTen(target.Precision), target.Scale), new ExactDecimal(ExactDecimal.PowerOfTen(target.Precision) - 1, target.Scale));
        if (value.KindCase == Value.KindOneofCase.DoubleValue && Math.Abs(value.DoubleValue) >= 1e28)
        {
            return (value.DoubleValue > 0 ? Fit.AboveAll : Fit.BelowAll, null);
        }

        var exact = value.KindCase switch
        {
            Value.KindOneofCase.IntValue => new ExactDecimal(value.IntValue, 0),
            Value.KindOneofCase.DoubleValue => OfDouble(value.DoubleValue),
            _ => ExactDecimal.TryParse(value.DecimalValue, out var parsed) ? parsed : throw new InvalidOperationException("A decimal constant that is none."),
        };
        if (exact.CompareTo(high) > 0 || exact.CompareTo(low) < 0)
        {
            return (exact.CompareTo(high) > 0 ? Fit.AboveAll : Fit.BelowAll, null);
        }

        var (floor, same) = exact.FloorTo(target.Kind == TypeKind.Int ? 0 : target.Scale);
        var literal = target.Kind == TypeKind.Int
            ? new BoundLiteral(new Value { IntValue = (long)floor.Unscaled }, ColumnTypes.Int)
            : TypeFitter.Exact(floor);
        return (same ? Fit.Exact : Fit.Between, literal);
    }

    private static (Fit Fit, BoundLiteral? Value) FitDay(long microseconds)
    {
        var day = CalendarUnits.DayOf(microseconds);
        return (day * 86_400_000_000L == microseconds ? Fit.Exact : Fit.Between, Day((int)day));
    }

    private static ExactDecimal OfDouble(double number)
    {
        // The 15 to 17 digits that were written, not the binary fraction behind them: 1e-1 means a tenth.
        ExactDecimal.TryParse(((decimal)number).ToString(System.Globalization.CultureInfo.InvariantCulture), out var exact);
        return exact;
    }

    private static BoundLiteral Day(int days) => new(new Value { DateValue = days }, ColumnTypes.Date);

    private static Operator Turned(Operator function) => function switch
    {
        Operator.Less => Operator.Greater,
        Operator.LessOrEqual => Operator.GreaterOrEqual,
        Operator.Greater => Operator.Less,
        Operator.GreaterOrEqual => Operator.LessOrEqual,
        _ => function,
    };

    private ExchangeException Mismatch(SqlOperation written, BoundExpression left, BoundExpression right)
    {
        var advice = (left.Type?.Kind, right.Type?.Kind) switch
        {
            (TypeKind.String, _) or (_, TypeKind.String) when left is BoundLiteral || right is BoundLiteral =>
                "Write texts in single quotes, numbers without, dates as DATE '2024-01-31'.",
            _ => "Compare values of one type.",
        };
        return text.Error(Reasons.SqlTypeMismatch, written.Place,
            $"A value of type {TypeWords.Of(left.Type!)} cannot be compared with one of type {TypeWords.Of(right.Type!)}", advice);
    }
}
