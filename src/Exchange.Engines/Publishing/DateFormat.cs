using System.Globalization;
using System.Text;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>Reads dates and moments in text: ISO 8601, or by the strptime pattern of the column.</summary>
internal sealed class DateFormat
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private static readonly string[] IsoMoments = [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd",
        "yyyyMMdd'T'HHmmssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFzz", "yyyy-MM-dd HH:mm:ss.FFFFFFzz"];

    private readonly string[]? _patterns;

    /// <param name="column">Name of the column, for a refusal.</param>
    /// <param name="format">strptime pattern, or empty for ISO 8601.</param>
    public DateFormat(string column, string format)
    {
        // Where two codes touch, only fixed widths can be told apart; elsewhere one digit is as good as two.
        _patterns = format.Length == 0 ? null : [Translate(column, format, fixedWidth: true), Translate(column, format, fixedWidth: false)];
    }

    /// <summary>Reads a day as days since 1970-01-01.</summary>
    public bool TryReadDate(string text, out long days)
    {
        var read = _patterns is null
            ? DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, Utc, out var date) || TryReadMidnight(text, out date)
            : DateTime.TryParseExact(text, _patterns, CultureInfo.InvariantCulture, Utc, out date);
        days = DaysOf(date);
        return read;
    }

    /// <summary>Reads a moment as microseconds since 1970-01-01T00:00:00Z; without an offset it is UTC. Digits past the sixth are cut off.</summary>
    public bool TryReadMoment(string text, out long microseconds)
    {
        var read = DateTime.TryParseExact(_patterns is null ? CutFraction(text) : text, _patterns ?? IsoMoments, CultureInfo.InvariantCulture, Utc, out var moment);
        microseconds = (moment - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return read;
    }

    /// <summary>The two readings of a text such as 03/04/2024, or null when it is not of that form.</summary>
    public static string? Readings(string text)
    {
        var first = Digits(text, 0);
        var second = first < text.Length ? Digits(text, first + 1) : 0;
        var mark = first + 1 + second;
        var year = mark < text.Length ? Digits(text, mark + 1) : 0;
        if (first is not (1 or 2) || second is not (1 or 2) || year is not (2 or 4) || text[first] is not ('/' or '.' or '-') || text[mark] != text[first])
        {
            return null;
        }

        var (separator, yearCode) = (text[first], year == 4 ? "%Y" : "%y");
        return $"%d{separator}%m{separator}{yearCode} or %m{separator}%d{separator}{yearCode}";
    }

    /// <summary>The day as text in ISO 8601.</summary>
    public static string DateText(long days) => DateTime.UnixEpoch.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The moment as text in ISO 8601, without a letter for UTC.</summary>
    public static string MomentText(long microseconds) =>
        DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static long DaysOf(DateTime date) => (date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerDay;

    private static bool TryReadMidnight(string text, out DateTime date) =>
        DateTime.TryParseExact(CutFraction(text), IsoMoments, CultureInfo.InvariantCulture, Utc, out date) && date.TimeOfDay == TimeSpan.Zero;

    private static string CutFraction(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 || Digits(text, point + 1) is <= 6 and var digits ? text : text.Remove(point + 7, Digits(text, point + 1) - 6);
    }

    private static int Digits(string text, int from)
    {
        var end = from;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end - from;
    }

    private static string Translate(string column, string format, bool fixedWidth)
    {
        var pattern = new StringBuilder();
        for (var index = 0; index < format.Length; index++)
        {
            if (format[index] != '%')
            {
                pattern.Append('\\').Append(format[index]);
                continue;
            }

            index++;
            if (index < format.Length && format[index] == '-')
            {
                index++;
            }

            pattern.Append((index < format.Length ? format[index] : '\0') switch
            {
                'Y' => "yyyy",
                'y' => "yy",
                'm' => fixedWidth ? "MM" : "M",
                'd' => fixedWidth ? "dd" : "d",
                'H' => fixedWidth ? "HH" : "H",
                'I' => fixedWidth ? "hh" : "h",
                'M' => fixedWidth ? "mm" : "m",
                'S' => fixedWidth ? "ss" : "s",
                'f' => "FFFFFF",
                'b' => "MMM",
                'B' => "MMMM",
                'a' => "ddd",
                'A' => "dddd",
                'p' => "tt",
                'z' => "zzz",
                '%' => "\\%",
                _ => throw Reasons.InvalidRequest.Because($"The format of the column \"{column}\" has a code that cannot be read.", "Use %Y %y %m %d %H %I %p %M %S %f %b %B %a %A %z."),
            });
        }

        // A pattern of one letter would be taken for a standard one.
        return pattern.Length == 1 ? "%" + pattern : pattern.ToString();
    }
}
