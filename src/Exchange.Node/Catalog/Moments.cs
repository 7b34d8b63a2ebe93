using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Catalog;

/// <summary>Moments out of messages, which may hold anything.</summary>
internal static class Moments
{
    // Bounds of google.protobuf.Timestamp: years 1 to 9999.
    private const long SecondsMin = -62135596800;
    private const long SecondsMax = 253402300799;

    /// <summary>The moment, or null when the field is absent or out of its range.</summary>
    public static DateTimeOffset? TryRead(Timestamp? timestamp) =>
        timestamp is { Seconds: >= SecondsMin and <= SecondsMax, Nanos: >= 0 and <= 999_999_999 } ? timestamp.ToDateTimeOffset() : null;
}
