using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Exchange.Federation.Tests.Processes;

/// <summary>
/// A port that nobody listens on, for processes that must come back on the one they had. It lies below those that the system gives to
/// outgoing connections: one of these, even a peer's attempt to reach the dead process, could hold it when the process comes back.
/// </summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const int TriesMax = 1000;

    public static int Find()
    {
        var ephemeral = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0], CultureInfo.InvariantCulture);
        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Math.Max(First + 1, ephemeral));
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }

        throw new InvalidOperationException("No port is free.");
    }
}
