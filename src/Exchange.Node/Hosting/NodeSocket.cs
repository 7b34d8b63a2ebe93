using System.Net;
using System.Net.Sockets;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Hosting;

/// <summary>The listening socket, opened before the node is put together: a taken port costs nothing, and the bound one is known from the start.</summary>
internal static class NodeSocket
{
    private const int Backlog = 512;

    /// <summary>Binds and listens; connections wait until somebody takes them. Notes the bound address in <paramref name="address"/>.</summary>
    /// <exception cref="ExchangeException"><c>PORT_IN_USE</c>, or <c>SETTINGS_INVALID</c> when this machine has no such address.</exception>
    public static Socket Open(NodeAddress address)
    {
        var socket = new Socket(address.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address.Listen);
            socket.Listen(Backlog);
            address.Bind((IPEndPoint)socket.LocalEndPoint!);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new ExchangeException(Reasons.PortInUse, $"Another program listens at {address.Listen}.", "Stop that program, or change `listen` and `endpoint` in config.yaml.", error)
                : new ExchangeException(Reasons.SettingsInvalid, $"The address {address.Listen} cannot be bound on this machine.", "Set `listen` in config.yaml to an address of this machine and a port that you may use.", error);
        }
    }
}
