using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>Released values between their three forms: cell key, evaluation (see <see cref="ReleasedRow"/>) and message.</summary>
internal static class ReleasedValues
{
    public static object? OfKey(object? key, ColumnType type) => (type.Kind, key) switch
    {
        (_, null) => null,
        (TypeKind.Int, long number) => (Int128)number,
        (TypeKind.Bool, long number) => number != 0,
        (TypeKind.Decimal, string text) when ExactDecimal.TryParse(text, out var exact) => exact,
        _ => key,
    };

    public static object? OfValue(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.IntValue => (Int128)value.IntValue,
        Value.KindOneofCase.DoubleValue => value.DoubleValue,
        Value.KindOneofCase.DecimalValue => ExactDecimal.TryParse(value.DecimalValue, out var exact) ? exact : null,
        Value.KindOneofCase.BoolValue => value.BoolValue,
        Value.KindOneofCase.DateValue => (long)value.DateValue,
        Value.KindOneofCase.TimestampValue => value.TimestampValue,
        _ => null,
    };

    /// <summary>An int beyond 64 bits goes as a decimal, so that no digit is lost.</summary>
    public static Value ToValue(object? value, ColumnType? type) => value switch
    {
        string text => new Value { StringValue = text },
        Int128 number when number >= long.MinValue && number <= long.MaxValue => new Value { IntValue = (long)number },
        Int128 number => new Value { DecimalValue = number.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        ExactDecimal exact => new Value { DecimalValue = exact.ToString() },
        double number => new Value { DoubleValue = number },
        bool flag => new Value { BoolValue = flag },
        long number when type?.Kind == TypeKind.Date => new Value { DateValue = (int)number },
        long number => new Value { TimestampValue = number },
        _ => new Value(),
    };

    /// <summary>Order of two values of one type; texts by code point, false before true.</summary>
    public static int Compare(object left, object right) => (left, right) switch
    {
        (Int128 one, Int128 other) => one.CompareTo(other),
        (ExactDecimal one, ExactDecimal other) => one.CompareTo(other),
        (double one, double other) => one.CompareTo(other),
        (string one, string other) => string.CompareOrdinal(one, other),
        (long one, long other) => one.CompareTo(other),
        (bool one, bool other) => one.CompareTo(other),
        _ => throw new InvalidOperationException("Values of different types have no order."),
    };
}
