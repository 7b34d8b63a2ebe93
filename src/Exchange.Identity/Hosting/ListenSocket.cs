using System.Net;
using System.Net.Sockets;
using Exchange.Protocol.Errors;

namespace Exchange.Identity.Hosting;

/// <summary>Binds before anything is built: a taken port is told in one sentence, and a port the system chose is known to the parts.</summary>
internal static class ListenSocket
{
    private const int Backlog = 512;

    /// <summary>A listening socket; who takes connections from it disposes it.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.PortInUse"/>, or <see cref="Reasons.SettingsInvalid"/> when this machine has no such address.</exception>
    public static Socket Open(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new ExchangeException(Reasons.PortInUse, $"The address {address} is in use by another process.", "Stop that process, or change `listen` in config.yaml.", error)
                : new ExchangeException(Reasons.SettingsInvalid, $"The address {address} cannot be bound: {error.SocketErrorCode}.", "Change `listen` in config.yaml to an address of this machine and a port you may use.", error);
        }
    }
}
