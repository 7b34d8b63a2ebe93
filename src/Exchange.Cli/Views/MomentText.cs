using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Cli.Views;

/// <summary>Moments as ISO 8601 in UTC.</summary>
internal static class MomentText
{
    /// <summary>To the second; null when there is none.</summary>
    public static string? Of(Timestamp? moment) => moment?.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
