using System.Globalization;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Expressions;

/// <summary>Calendar units: how they nest, and their arithmetic on released keys.</summary>
internal static class CalendarUnits
{
    /// <summary>Microseconds of a day.</summary>
    public const long MicrosecondsPerDay = 86_400_000_000;

    private const long MicrosecondsPerHour = 3_600_000_000;

    /// <summary>Whether the unit is as long as the grain or longer.</summary>
    public static bool IsNotFiner(Grain unit, Grain grain) => unit != Grain.Unspecified && unit <= grain;

    /// <summary>
    /// Whether the unit's value follows from the value cut to the grain: every longer unit does, except that weeks nest in nothing longer.
    /// </summary>
    public static bool Follows(Grain unit, Grain grain) =>
        unit == grain || (IsNotFiner(unit, grain) && grain != Grain.Week && (unit != Grain.Week || grain is Grain.Day or Grain.Hour));

    /// <summary>The day that the unit of this day starts with.</summary>
    public static long TruncateDay(long days, Grain unit)
    {
        var day = Day(days);
        return unit switch
        {
            Grain.Year => Days(new DateTime(day.Year, 1, 1)),
            Grain.Quarter => Days(new DateTime(day.Year, (day.Month - 1) / 3 * 3 + 1, 1)),
            Grain.Month => Days(new DateTime(day.Year, day.Month, 1)),
            Grain.Week => days - ((int)day.DayOfWeek + 6) % 7,
            _ => days,
        };
    }

    /// <summary>The moment that the hour of this moment starts with, in microseconds.</summary>
    public static long TruncateHour(long microseconds) => microseconds - Math.DivRem(microseconds, MicrosecondsPerHour).Remainder switch
    {
        var rest when rest < 0 => rest + MicrosecondsPerHour,
        var rest => rest,
    };

    /// <summary>Where the next unit begins, for the day (or, of an hour, the moment in microseconds) that one begins with.</summary>
    public static long Next(long first, Grain unit)
    {
        return unit switch
        {
            Grain.Year => Days(Day(first).AddYears(1)),
            Grain.Quarter => Days(Day(first).AddMonths(3)),
            Grain.Month => Days(Day(first).AddMonths(1)),
            Grain.Week => first + 7,
            Grain.Hour => first + MicrosecondsPerHour,
            _ => first + 1,
        };
    }

    /// <summary>The day of a moment.</summary>
    public static long DayOf(long microseconds) => (microseconds - (((microseconds % MicrosecondsPerDay) + MicrosecondsPerDay) % MicrosecondsPerDay)) / MicrosecondsPerDay;

    /// <summary>Part of a moment.</summary>
    public static long PartOfMoment(long microseconds, Grain part) =>
        part == Grain.Hour ? (microseconds - DayOf(microseconds) * MicrosecondsPerDay) / MicrosecondsPerHour : PartOfDay(DayOf(microseconds), part);

    /// <summary>Part of a day; weeks as in ISO 8601.</summary>
    public static long PartOfDay(long days, Grain part)
    {
        var day = Day(days);
        return part switch
        {
            Grain.Year => day.Year,
            Grain.Quarter => (day.Month - 1) / 3 + 1,
            Grain.Month => day.Month,
            Grain.Week => ISOWeek.GetWeekOfYear(day),
            _ => day.Day,
        };
    }

    private static DateTime Day(long days) => DateTime.UnixEpoch.AddDays(days);

    private static long Days(DateTime day) => (day - DateTime.UnixEpoch.Date).Days;
}
