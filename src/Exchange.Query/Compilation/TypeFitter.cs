using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>
/// Makes the types of a call's arguments fit: plans compare only values of one type, so constants take the type of what they stand
/// beside, and an int or decimal column is widened by arithmetic that changes no value.
/// </summary>
internal sealed class TypeFitter(QueryText text)
{
    private readonly ComparisonFitter _comparisons = new(text);

    /// <summary>A constant in the type it is written in.</summary>
    public BoundLiteral Literal(SqlLiteral literal) => literal.Value switch
    {
        null => new BoundLiteral(new Value(), null),
        bool flag => new(new Value { BoolValue = flag }, ColumnTypes.Bool),
        string characters => new(new Value { StringValue = characters }, ColumnTypes.String),
        SqlDate date => new(new Value { DateValue = date.Days }, ColumnTypes.Date),
        SqlTimestamp moment => new(new Value { TimestampValue = moment.Microseconds }, ColumnTypes.Timestamp),
        Int128 whole when whole >= long.MinValue && whole <= long.MaxValue => new(new Value { IntValue = (long)whole }, ColumnTypes.Int),
        Int128 whole => Decimal(new ExactDecimal(whole, 0), literal.Place),
        ExactDecimal exact => Decimal(exact, literal.Place),
        double number when double.IsFinite(number) => new(new Value { DoubleValue = number }, ColumnTypes.Double),
        _ => throw text.Error(Reasons.SqlTypeMismatch, literal.Place, "This number is too large", "Write a smaller one."),
    };

    /// <summary>A call with its arguments fitted.</summary>
    public BoundExpression Call(SqlOperation written, List<BoundExpression> arguments)
    {
        if (written.Operator is not (Operator.IsNull or Operator.IsNotNull) && arguments.Any(argument => argument.Type is null))
        {
            throw text.Error(Reasons.SqlTypeMismatch, written.Place, "NULL cannot be computed with", "Test with IS NULL or IS NOT NULL.");
        }

        if (arguments.All(argument => argument.Type is null))
        {
            throw text.Error(Reasons.SqlTypeMismatch, written.Place, "The constant NULL needs no test", "Test a column.");
        }

        return written.Operator switch
        {
            >= Operator.Equal and <= Operator.GreaterOrEqual => _comparisons.Compare(written, arguments[0], arguments[1]),
            Operator.In => _comparisons.In(written, arguments),
            >= Operator.Add and <= Operator.Divide => Arithmetic(written, arguments),
            Operator.Negate when arguments[0] is BoundLiteral => throw text.Error(Reasons.SqlSyntax, written.Place, "A minus before a constant in brackets is not supported", "Write the negative number."),
            _ => Typed(written, arguments),
        };
    }

    /// <summary>A CASE whose results have one type.</summary>
    public BoundCase Case(SqlCase written, List<(BoundExpression Condition, BoundExpression Result)> branches, BoundExpression? otherwise)
    {
        var results = branches.Select(branch => branch.Result).ToList();
        if (otherwise is not null)
        {
            results.Add(otherwise);
        }

        var common = results.Where(result => result is not BoundLiteral).Select(result => result.Type)
            .Concat(results.Select(result => result.Type)).OfType<ColumnType>()
            .Aggregate((ColumnType?)null, Widest) ?? throw text.Error(Reasons.SqlTypeMismatch, written.Place, "CASE has no value but NULL", "Give it a result.");
        var fitted = results.Select(result => Widen(result, common)
            ?? throw text.Error(Reasons.SqlTypeMismatch, written.Place, "The results of CASE are of different types", "Give them one type.")).ToList();
        var type = fitted.Select(result => result.Type).OfType<ColumnType>().Aggregate((one, other) => TypeRules.Common(one, other)
            ?? throw text.Error(Reasons.SqlTypeMismatch, written.Place, "The results of CASE do not fit one decimal of 38 digits", "Use fewer digits."));
        return new BoundCase(branches.Select((branch, i) => (branch.Condition, fitted[i])).ToList(), otherwise is null ? null : fitted[^1], type);
    }

    /// <summary>The expression in the kind of the other type, without change of value; null when that cannot be.</summary>
    public static BoundExpression? Widen(BoundExpression expression, ColumnType target)
    {
        if (expression.Type is null || expression.Type.Kind == target.Kind)
        {
            return expression;
        }

        if (expression is BoundLiteral literal)
        {
            return (target.Kind, literal.Value.KindCase) switch
            {
                (TypeKind.Double, Value.KindOneofCase.IntValue) => Double(literal.Value.IntValue),
                (TypeKind.Double, Value.KindOneofCase.DecimalValue) => Double(double.Parse(literal.Value.DecimalValue, CultureInfo.InvariantCulture)),
                (TypeKind.Decimal, Value.KindOneofCase.IntValue) => Exact(new ExactDecimal(literal.Value.IntValue, 0)),
                (TypeKind.Timestamp, Value.KindOneofCase.DateValue) =>
                    new BoundLiteral(new Value { TimestampValue = literal.Value.DateValue * 86_400_000_000L }, ColumnTypes.Timestamp),
                _ => null,
            };
        }

        return (target.Kind, expression.Type.Kind) switch
        {
            (TypeKind.Double, TypeKind.Int or TypeKind.Decimal) => Call(Operator.Multiply, [expression, Double(1)]),
            (TypeKind.Decimal, TypeKind.Int) => Call(Operator.Add, [expression, Exact(new ExactDecimal(0, 0))]),
            _ => null,
        };
    }

    /// <summary>The wider of two kinds: int, decimal, double; of others the first.</summary>
    public static ColumnType Widest(ColumnType? one, ColumnType other) => (one?.Kind, other.Kind) switch
    {
        (null, _) => other,
        (TypeKind.Int, TypeKind.Decimal or TypeKind.Double) or (TypeKind.Decimal, TypeKind.Double) => other,
        _ => one!,
    };

    /// <summary>A call whose types are known to fit.</summary>
    public static BoundCall Call(Operator function, IReadOnlyList<BoundExpression> arguments, Grain grain = Grain.Unspecified) =>
        new(function, arguments, grain, TypeRules.ResultOf(function, arguments.Select(argument => argument.Type!).ToList(), grain)!);

    /// <summary>A decimal constant.</summary>
    public static BoundLiteral Exact(ExactDecimal value) => new(new Value { DecimalValue = value.ToString() }, value.Type);

    private BoundLiteral Decimal(ExactDecimal value, int? place) => ExactDecimal.TryParse(value.ToString(), out _)
        ? Exact(value)
        : throw text.Error(Reasons.SqlTypeMismatch, place, "This number has more than 38 digits", "Write a shorter one.");

    private BoundCall Arithmetic(SqlOperation written, List<BoundExpression> arguments)
    {
        // A constant beside a double is a double at once, and beside a decimal a decimal with its own digits: fewer conversions per row.
        for (var i = 0; i < 2; i++)
        {
            if (arguments[i] is BoundLiteral literal && arguments[1 - i].Type is { Kind: TypeKind.Double or TypeKind.Decimal } target)
            {
                arguments[i] = Widen(literal, target) ?? literal;
            }
        }

        return Typed(written, arguments);
    }

    private BoundCall Typed(SqlOperation written, List<BoundExpression> arguments)
    {
        var types = arguments.Select(argument => argument.Type ?? ColumnTypes.Bool).ToList();
        if (TypeRules.ResultOf(written.Operator, types, written.Grain) is { } result)
        {
            return new BoundCall(written.Operator, arguments, written.Grain, result);
        }

        var given = string.Join(" and ", types.Select(TypeWords.Of));
        throw text.Error(Reasons.SqlTypeMismatch, written.Place, $"{NeedOf(written.Operator)}; this is {given}", "Use columns and constants of fitting types.");
    }

    private static string NeedOf(Operator function) => function switch
    {
        Operator.And or Operator.Or or Operator.Not => "AND, OR and NOT need conditions",
        Operator.DateTrunc or Operator.Extract => "A calendar unit needs a date or a timestamp, and hours a timestamp",
        _ => "Arithmetic needs numbers, with at most 38 digits",
    };

    private static BoundLiteral Double(double number) => new(new Value { DoubleValue = number }, ColumnTypes.Double);
}
