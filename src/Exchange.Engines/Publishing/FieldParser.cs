using System.Globalization;
using System.Text;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Publishing;

/// <summary>
/// Turns the text of a field into a value of its column's type: string, double, Int128 (unscaled decimal) or long (int;
/// bool 0 or 1; days; microseconds). One instance serves one column.
/// </summary>
internal sealed class FieldParser(string column, ColumnType type, string format)
{
    private readonly DateFormat _dates = new(column, format);

    /// <summary>What a text that cannot be read breaks, in words.</summary>
    public string Rule { get; } = type.Kind switch
    {
        TypeKind.Int => "not a whole number of 64 bits",
        TypeKind.Double => "not a finite number",
        TypeKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"not a decimal({type.Precision},{type.Scale})"),
        TypeKind.Bool => "neither true nor false",
        TypeKind.Date => format.Length == 0 ? "not a date in ISO 8601" : "not a date of the column's format",
        TypeKind.Timestamp => format.Length == 0 ? "not a moment in ISO 8601" : "not a moment of the column's format",
        _ => "not a text",
    };

    /// <summary>Whether the column holds days or moments in ISO 8601, where other notations may be ambiguous.</summary>
    public bool IsIsoDate { get; } = format.Length == 0 && type.Kind is TypeKind.Date or TypeKind.Timestamp && format.Length == 0;

    /// <summary>Reads a text that is not empty.</summary>
    public bool TryParse(string text, out object value)
    {
        value = text;
        if (type.Kind == TypeKind.String)
        {
            return true;
        }

        text = text.Trim(' ');
        switch (type.Kind)
        {
            case TypeKind.Int when TryParseInt(text, out var whole):
                value = whole;
                return true;
            case TypeKind.Double when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number):
                value = number;
                return true;
            case TypeKind.Decimal when Decimals.TryParse(text, type.Precision, type.Scale, out var unscaled):
                value = unscaled;
                return true;
            case TypeKind.Bool when TryParseBool(text, out var truth):
                value = truth ? 1L : 0L;
                return true;
            case TypeKind.Date when _dates.TryReadDate(text, out var days):
                value = days;
                return true;
            case TypeKind.Timestamp when _dates.TryReadMoment(text, out var microseconds):
                value = microseconds;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The value in text, as a typed column of DuckDB's CSV reader takes it.</summary>
    public string Write(object value) => (type.Kind, value) switch
    {
        (TypeKind.Bool, long truth) => truth == 0 ? "false" : "true",
        (TypeKind.Date, long days) => DateFormat.DateText(days),
        (TypeKind.Timestamp, long microseconds) => DateFormat.MomentText(microseconds),
        (TypeKind.Decimal, Int128 unscaled) => Decimals.Text(unscaled, type.Scale),
        (_, double number) => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A whole number, also written as 5.0, as tools do that keep columns with gaps as floating point.</summary>
    private static bool TryParseInt(string text, out long value)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point > 0 && point < text.Length - 1 && text.AsSpan(point + 1).IndexOfAnyExcept('0') < 0)
        {
            text = text[..point];
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryParseBool(string text, out bool value)
    {
        value = text.ToUpperInvariant() is "TRUE" or "T" or "1" or "YES" or "Y";
        return value || text.ToUpperInvariant() is "FALSE" or "F" or "0" or "NO" or "N";
    }
}
