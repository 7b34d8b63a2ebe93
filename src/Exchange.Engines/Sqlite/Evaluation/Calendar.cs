using System.Globalization;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>A date or moment cut down to a calendar unit.</summary>
internal sealed class Truncation(Grain grain, Scalar argument) : Scalar(grain == Grain.Hour ? TypeKind.Timestamp : TypeKind.Date)
{
    public override bool TryWhole(out long value)
    {
        if (!Calendar.TryMoment(argument, out var moment))
        {
            value = 0;
            return false;
        }

        var first = grain switch
        {
            Grain.Year => new DateTime(moment.Year, 1, 1),
            Grain.Quarter => new DateTime(moment.Year, ((moment.Month - 1) / 3 * 3) + 1, 1),
            Grain.Month => new DateTime(moment.Year, moment.Month, 1),
            Grain.Week => moment.Date.AddDays(-(((int)moment.DayOfWeek + 6) % 7)),
            Grain.Hour => moment.Date.AddHours(moment.Hour),
            _ => moment.Date,
        };
        value = Kind == TypeKind.Date ? Calendar.Days(first) : Calendar.Microseconds(first);
        return true;
    }
}

/// <summary>A part of a date or moment. Weeks are those of ISO 8601; a date has hour 0.</summary>
internal sealed class Extraction(Grain grain, Scalar argument) : Scalar(TypeKind.Int)
{
    public override bool TryWhole(out long value)
    {
        var present = Calendar.TryMoment(argument, out var moment);
        value = grain switch
        {
            Grain.Year => moment.Year,
            Grain.Quarter => ((moment.Month - 1) / 3) + 1,
            Grain.Month => moment.Month,
            Grain.Week => ISOWeek.GetWeekOfYear(moment),
            Grain.Hour => moment.Hour,
            _ => moment.Day,
        };
        return present;
    }
}

/// <summary>A date as the moment it begins, to compare it with moments.</summary>
internal sealed class Midnight(Scalar date) : Scalar(TypeKind.Timestamp)
{
    public override bool TryWhole(out long value)
    {
        var present = date.TryWhole(out var days);
        value = days * Calendar.MicrosecondsPerDay;
        return present;
    }
}

/// <summary>Days and microseconds since 1970-01-01 as calendar dates.</summary>
internal static class Calendar
{
    public const long MicrosecondsPerDay = TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;

    public static bool TryMoment(Scalar argument, out DateTime moment)
    {
        var present = argument.TryWhole(out var value);
        moment = argument.Kind == TypeKind.Date ? DateTime.UnixEpoch.AddTicks(checked(value * TimeSpan.TicksPerDay)) : DateTime.UnixEpoch.AddTicks(checked(value * TimeSpan.TicksPerMicrosecond));
        return present;
    }

    public static long Days(DateTime day) => (day.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerDay;

    public static long Microseconds(DateTime moment) => (moment.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
