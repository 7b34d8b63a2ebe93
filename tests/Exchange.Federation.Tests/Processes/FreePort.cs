using System.Net;
using System.Net.Sockets;

namespace Exchange.Federation.Tests.Processes;

/// <summary>A port that nobody listens on, for processes that must come back on the one they had.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
