using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Expressions;

/// <summary>Constants of a plan.</summary>
internal static class Literals
{
    /// <summary>Longest text of a constant, in characters.</summary>
    public const int StringCharactersMax = 10_000;

    private const int FirstDay = -719_162;
    private const int LastDay = 2_932_896;
    private const long MicrosecondsPerDay = 86_400_000_000;

    /// <summary>
    /// The type of a constant; null when it is no constant of ours: unset, not finite, outside the years 1 to 9999, too long.
    /// </summary>
    public static ColumnType? TypeOf(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue when value.StringValue.Length <= StringCharactersMax && !value.StringValue.Contains('\0') => ColumnTypes.String,
        Value.KindOneofCase.IntValue => ColumnTypes.Int,
        Value.KindOneofCase.DoubleValue when double.IsFinite(value.DoubleValue) => ColumnTypes.Double,
        Value.KindOneofCase.DecimalValue when ExactDecimal.TryParse(value.DecimalValue, out var parsed) => parsed.Type,
        Value.KindOneofCase.BoolValue => ColumnTypes.Bool,
        Value.KindOneofCase.DateValue when IsDay(value.DateValue) => ColumnTypes.Date,
        Value.KindOneofCase.TimestampValue when IsMoment(value.TimestampValue) => ColumnTypes.Timestamp,
        _ => null,
    };

    /// <summary>Whether the day number lies in the years 1 to 9999.</summary>
    public static bool IsDay(long days) => days is >= FirstDay and <= LastDay;

    /// <summary>Whether the microseconds lie in the years 1 to 9999.</summary>
    public static bool IsMoment(long microseconds) => microseconds is >= FirstDay * MicrosecondsPerDay and < (LastDay + 1) * MicrosecondsPerDay;

    public static bool IsNull(Expression expression) =>
        expression.KindCase == Expression.KindOneofCase.Literal && expression.Literal.KindCase == Value.KindOneofCase.None;
}
