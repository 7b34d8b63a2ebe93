using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Expressions;

/// <summary>
/// What type a function gives. One table for the asker, who writes plans, and the owner, who checks them, so that both always agree.
/// </summary>
internal static class TypeRules
{
    /// <summary>The result's type, or null when there is no such function on such arguments.</summary>
    /// <param name="function">The function; BUCKET and IN have rules of their own beyond types, checked by the caller.</param>
    /// <param name="arguments">Types of the arguments.</param>
    /// <param name="grain">For DATE_TRUNC and EXTRACT.</param>
    public static ColumnType? ResultOf(Operator function, IReadOnlyList<ColumnType> arguments, Grain grain) => function switch
    {
        Operator.Add or Operator.Subtract or Operator.Multiply when arguments.Count == 2 => Arithmetic(function, arguments[0], arguments[1]),
        Operator.Divide when arguments.Count == 2 && arguments.All(ColumnTypes.IsNumeric) => ColumnTypes.Double,
        Operator.Negate when arguments.Count == 1 && ColumnTypes.IsNumeric(arguments[0]) => arguments[0],
        Operator.Equal or Operator.NotEqual when arguments.Count == 2 && SameKind(arguments) => ColumnTypes.Bool,
        Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual
            when arguments.Count == 2 && SameKind(arguments) && arguments[0].Kind != TypeKind.Bool => ColumnTypes.Bool,
        Operator.And or Operator.Or when arguments.Count >= 2 && arguments.All(IsBool) => ColumnTypes.Bool,
        Operator.Not when arguments.Count == 1 && IsBool(arguments[0]) => ColumnTypes.Bool,
        Operator.IsNull or Operator.IsNotNull when arguments.Count == 1 => ColumnTypes.Bool,
        Operator.In when arguments.Count >= 2 && SameKind(arguments) => ColumnTypes.Bool,
        Operator.DateTrunc when arguments.Count == 1 && HasUnit(arguments[0], grain) => grain == Grain.Hour ? ColumnTypes.Timestamp : ColumnTypes.Date,
        Operator.Extract when arguments.Count == 1 && HasUnit(arguments[0], grain) => ColumnTypes.Int,
        Operator.Bucket when arguments.Count == 1 && ColumnTypes.IsNumeric(arguments[0]) => ColumnTypes.Int,
        _ => null,
    };

    /// <summary>The one type of a CASE's results, or null when they do not go together.</summary>
    public static ColumnType? Common(ColumnType one, ColumnType other)
    {
        if (one.Kind != other.Kind)
        {
            return null;
        }

        if (one.Kind != TypeKind.Decimal)
        {
            return one;
        }

        var scale = Math.Max(one.Scale, other.Scale);
        var precision = Math.Max(one.Precision - one.Scale, other.Precision - other.Scale) + scale;
        return precision > ColumnTypes.DecimalDigitsMax ? null : ColumnTypes.Decimal(precision, scale);
    }

    /// <summary>Int stays int, a double makes a double, decimals keep every digit as in SQL; 38 digits are the most.</summary>
    private static ColumnType? Arithmetic(Operator function, ColumnType left, ColumnType right)
    {
        if (!ColumnTypes.IsNumeric(left) || !ColumnTypes.IsNumeric(right))
        {
            return null;
        }

        if (left.Kind == TypeKind.Double || right.Kind == TypeKind.Double)
        {
            return ColumnTypes.Double;
        }

        if (left.Kind == TypeKind.Int && right.Kind == TypeKind.Int)
        {
            return ColumnTypes.Int;
        }

        var (one, other) = (AsDecimal(left), AsDecimal(right));
        if (function == Operator.Multiply)
        {
            var product = one.Scale + other.Scale;
            return product > ColumnTypes.DecimalDigitsMax
                ? null
                : ColumnTypes.Decimal(Math.Min(ColumnTypes.DecimalDigitsMax, one.Precision + other.Precision), product);
        }

        var scale = Math.Max(one.Scale, other.Scale);
        var precision = Math.Max(one.Precision - one.Scale, other.Precision - other.Scale) + scale + 1;
        return ColumnTypes.Decimal(Math.Min(ColumnTypes.DecimalDigitsMax, precision), scale);
    }

    private static ColumnType AsDecimal(ColumnType type) => type.Kind == TypeKind.Int ? ColumnTypes.Decimal(19, 0) : type;

    private static bool SameKind(IReadOnlyList<ColumnType> types) => types.All(type => type.Kind == types[0].Kind);

    private static bool IsBool(ColumnType type) => type.Kind == TypeKind.Bool;

    private static bool HasUnit(ColumnType type, Grain unit) =>
        unit is >= Grain.Year and <= Grain.Hour && (type.Kind == TypeKind.Timestamp || (type.Kind == TypeKind.Date && unit != Grain.Hour));
}
