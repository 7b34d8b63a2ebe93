namespace Exchange.Node.Peers;

/// <summary>How gRPC channels reach their one server.</summary>
internal static class DirectClient
{
    /// <summary>
    /// A client without time limit: calls carry deadlines. Given a bare sockets handler a channel manages connections itself
    /// and, after a failed one, refuses calls unattempted for up to two minutes; given a client it dials at each call, so a
    /// server that is back is noticed at once.
    /// </summary>
    public static HttpClient Over(SocketsHttpHandler handler) => new(handler) { Timeout = Timeout.InfiniteTimeSpan };
}
