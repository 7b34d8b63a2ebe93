using System.Globalization;

namespace Exchange.Client.Files;

/// <summary>Days and moments as people write them.</summary>
public static class DayText
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>The last moment (microsecond) of a day <c>2027-12-31</c> in UTC, or the moment of an ISO 8601 time with its zone; false when it is neither.</summary>
    public static bool TryLastMoment(string text, out DateTimeOffset moment)
    {
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, Utc, out moment) && moment.Year < 9999)
        {
            moment = moment.AddDays(1).AddMicroseconds(-1);
            return true;
        }

        string[] forms = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"];
        return DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, Utc, out moment);
    }

    /// <summary>As <see cref="TryLastMoment"/>, of a value in a file.</summary>
    internal static DateTimeOffset LastMoment(YamlValue value) => TryLastMoment(value.Text(), out var moment)
        ? moment
        : throw value.Wrong("this is not a day.", "Write it as 2027-12-31.");
}
