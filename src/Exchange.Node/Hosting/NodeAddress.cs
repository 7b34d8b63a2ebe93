using System.Net;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Node.Hosting;

/// <summary>Where a node listens and what it tells the register, from its settings and, once bound, from the listener.</summary>
internal sealed class NodeAddress
{
    private readonly Uri _endpoint;
    private volatile IPEndPoint? _bound;

    private NodeAddress(Uri endpoint, IPEndPoint listen)
    {
        _endpoint = endpoint;
        Listen = listen;
    }

    /// <summary>What to bind; port 0 is any free port.</summary>
    public IPEndPoint Listen { get; }

    /// <summary>The bound address as programs on this machine reach it, <c>https://ip:port</c>; null before <see cref="Bind"/>.</summary>
    public string? Local => _bound is { } bound ? $"https://{new IPEndPoint(Reachable(bound.Address), bound.Port)}" : null;

    /// <summary>What peers are told, <c>https://host:port</c>: the endpoint of the settings, with the bound port where that says 0; null before <see cref="Bind"/>.</summary>
    public string? Advertised => _bound is { } bound ? $"https://{_endpoint.Host}:{(_endpoint.Port == 0 ? bound.Port : _endpoint.Port)}" : null;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ExchangeException"><c>SETTINGS_INVALID</c> when endpoint or listen is not of its form.</exception>
    public static NodeAddress From(HomeSettings settings)
    {
        if (!Uri.TryCreate(settings.Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme != Uri.UriSchemeHttps || endpoint.PathAndQuery != "/")
        {
            throw Reasons.SettingsInvalid.Because("The node's endpoint is not of the form https://host:port.", "Give it as peers will dial it, such as https://node.example.org:7443, or with port 0 for any free port.");
        }

        return new NodeAddress(endpoint, ListenFor(settings.Listen, endpoint));
    }

    /// <summary>Notes what was bound.</summary>
    public void Bind(IPEndPoint bound) => _bound = bound;

    private static IPEndPoint ListenFor(string listen, Uri endpoint)
    {
        if (listen.Length > 0)
        {
            return IPEndPoint.TryParse(listen, out var parsed)
                ? parsed
                : throw Reasons.SettingsInvalid.Because("The node's listen address is not of the form ip:port.", "Write one such as 0.0.0.0:7443.");
        }

        // A name says nothing about which of this machine's addresses to bind, so all of them; localhost is itself.
        var address = IPAddress.TryParse(endpoint.DnsSafeHost, out var literal) ? literal
            : endpoint.IsLoopback ? IPAddress.Loopback
            : IPAddress.Any;
        return new IPEndPoint(address, endpoint.Port);
    }

    private static IPAddress Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
}
