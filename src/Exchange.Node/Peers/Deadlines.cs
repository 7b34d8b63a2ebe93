namespace Exchange.Node.Peers;

/// <summary>Deadlines of outgoing calls.</summary>
internal static class Deadlines
{
    /// <summary>
    /// The moment that long from now. gRPC measures a deadline with the system's clock and sends the rest as a duration, so
    /// the injected clock plays no part here.
    /// </summary>
    public static DateTime After(TimeSpan patience) => TimeProvider.System.GetUtcNow().UtcDateTime + patience;
}
