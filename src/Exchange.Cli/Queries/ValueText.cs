using System.Globalization;
using Exchange.Protocol.Query.V1;

namespace Exchange.Cli.Queries;

/// <summary>Values as text: numbers with all their digits, days and moments as ISO 8601, NULL as nothing.</summary>
internal static class ValueText
{
    private static readonly DateOnly Day0 = new(1970, 1, 1);

    public static string Of(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
        Value.KindOneofCase.DecimalValue => value.DecimalValue,
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.DateValue => Day(value.DateValue),
        Value.KindOneofCase.TimestampValue => Moment(value.TimestampValue),
        _ => "",
    };

    // Days outside .NET's calendar (years 1 to 9999) are shown as the count they are.
    private static string Day(int days) => Day0.DayNumber + (long)days is >= 0 and <= 3652058
        ? Day0.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : days.ToString(CultureInfo.InvariantCulture);

    private static string Moment(long microseconds)
    {
        const long MicrosecondsMin = -62_135_596_800_000_000;
        const long MicrosecondsMax = 253_402_300_799_999_999;
        return microseconds is >= MicrosecondsMin and <= MicrosecondsMax
            ? DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            : microseconds.ToString(CultureInfo.InvariantCulture);
    }
}
