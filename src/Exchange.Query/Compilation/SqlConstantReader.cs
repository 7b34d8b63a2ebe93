using System.Globalization;
using System.Text.Json;
using Exchange.Protocol.Errors;
using Exchange.Query.Expressions;

namespace Exchange.Query.Compilation;

/// <summary>Reads constants and the casts of them. Its errors never repeat a constant.</summary>
internal sealed class SqlConstantReader(QueryText text)
{
    private static readonly string[] TimestampForms =
    [
        "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd",
        "yyyy-MM-dd HH:mm:ss.FFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'",
    ];

    public object? Read(JsonElement value, int? place)
    {
        if (value.TryGetProperty("is_null", out var isNull) && isNull.GetBoolean())
        {
            return null;
        }

        var type = value.GetProperty("type");
        var found = value.TryGetProperty("value", out var content);
        switch (type.GetProperty("id").GetString())
        {
            case "VARCHAR":
                return Text(found ? content.GetString()! : "", place);
            case "BOOLEAN":
                return found && content.GetBoolean();
            case "DOUBLE" or "FLOAT":
                return found ? content.GetDouble() : 0.0;
            case "DECIMAL":
                var scale = type.GetProperty("type_info").TryGetProperty("scale", out var digits) ? digits.GetInt32() : 0;
                return new ExactDecimal(found ? Whole(content) : 0, scale);
            case "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT":
                return found ? Whole(content) : (Int128)0;
            default:
                throw text.Error(Reasons.SqlNotSupported, place, "A constant of this type is not supported", "Use numbers, texts, TRUE, FALSE, DATE '…' and TIMESTAMP '…'.");
        }
    }

    public object? Cast(object? value, JsonElement target, int? place)
    {
        switch (target.GetProperty("id").GetString(), value)
        {
            case (_, null):
                return null;
            case ("BOOLEAN", bool already):
                return already;
            case ("BOOLEAN", string word) when word.ToLowerInvariant() is "t" or "true" or "f" or "false":
                return word[0] is 't' or 'T';
            case ("VARCHAR", string same):
                return same;
            case ("DATE", string written):
                return Date(written) ?? throw Malformed(place, "This is no date", "Write DATE '2024-01-31'.");
            case ("TIMESTAMP", string written):
                return Timestamp(written) ?? throw Malformed(place, "This is no timestamp", "Write TIMESTAMP '2024-01-31 12:00:00'.");
            case ("DOUBLE" or "FLOAT", Int128 or ExactDecimal or double):
                return value switch { Int128 whole => new ExactDecimal(whole, 0).ToDouble(), ExactDecimal exact => exact.ToDouble(), _ => value };
            case ("TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT", Int128):
                return value;
            case ("DECIMAL", Int128 or ExactDecimal):
                return AsDecimal(value is Int128 number ? new ExactDecimal(number, 0) : (ExactDecimal)value, target, place);
            default:
                throw text.Error(Reasons.SqlNotSupported, place, "This cast is not supported", "Write the value as a constant of the right type.");
        }
    }

    /// <summary>An ISO 8601 day, or null.</summary>
    public static SqlDate? Date(string written) =>
        DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new SqlDate(day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)
            : null;

    /// <summary>An ISO 8601 moment, taken as UTC, or null.</summary>
    public static SqlTimestamp? Timestamp(string written) =>
        DateTime.TryParseExact(written, TimestampForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? new SqlTimestamp((moment - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
            : null;

    private object AsDecimal(ExactDecimal value, JsonElement target, int? place)
    {
        var info = target.TryGetProperty("type_info", out var given) ? given : default;
        var scale = info.ValueKind == JsonValueKind.Object && info.TryGetProperty("scale", out var digits) ? digits.GetInt32() : 0;
        try
        {
            var (floor, exact) = value.FloorTo(scale);
            return exact ? floor : throw Malformed(place, "This number does not fit its decimal type", "Write it with fewer digits or without the cast.");
        }
        catch (OverflowException)
        {
            throw Malformed(place, "This number does not fit its decimal type", "Write it with fewer digits or without the cast.");
        }
    }

    private string Text(string content, int? place) =>
        content.Length <= Literals.StringCharactersMax
            ? content
            : throw text.Error(Reasons.SqlTooLarge, place, $"A text has more than {Literals.StringCharactersMax} characters", "Write a shorter one.");

    private ExchangeException Malformed(int? place, string what, string instead) => text.Error(Reasons.SqlTypeMismatch, place, what, instead);

    private static Int128 Whole(JsonElement content) => content.ValueKind == JsonValueKind.Object
        ? new Int128(unchecked((ulong)content.GetProperty("upper").GetInt64()), content.GetProperty("lower").GetUInt64())
        : Int128.Parse(content.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
