using System.Net;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Node.Hosting;

/// <summary>Where a node listens and what it tells the register, from its settings and, once bound, from the listener.</summary>
internal sealed class NodeAddress
{
    private readonly Uri _endpoint;
    private volatile IPEndPoint? _bound;

    private NodeAddress(Uri endpoint, IPEndPoint listen, NodeAddress? publicPages)
    {
        _endpoint = endpoint;
        Listen = listen;
        Public = publicPages ?? this;
    }

    /// <summary>That of the public pages, which have a listener of their own.</summary>
    public NodeAddress Public { get; }

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
        var endpoint = UriFrom(settings.Endpoint, "endpoint");
        var publicEndpoint = settings.PublicEndpoint.Length > 0 ? UriFrom(settings.PublicEndpoint, "public endpoint") : new UriBuilder(endpoint) { Port = 0 }.Uri;
        return new NodeAddress(endpoint, ListenFor(settings.Listen, endpoint), new NodeAddress(publicEndpoint, PublicListenFor(settings, publicEndpoint), null));
    }

    /// <summary>The bound port; null before <see cref="Bind"/>.</summary>
    public int? BoundPort => _bound?.Port;

    /// <summary>Notes what was bound.</summary>
    public void Bind(IPEndPoint bound) => _bound = bound;

    private static Uri UriFrom(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme == Uri.UriSchemeHttps && endpoint.PathAndQuery == "/"
            ? endpoint
            : throw Reasons.SettingsInvalid.Because($"The node's {name} is not of the form https://host:port.", "Give it as others will dial it, such as https://node.example.org:7443, or with port 0 for any free port.");

    // Where peers are listened to at an address of its own, so are the readers of public pages.
    private static IPEndPoint PublicListenFor(HomeSettings settings, Uri endpoint) =>
        settings.PublicListen.Length == 0 && settings.Listen.Length > 0
            ? new IPEndPoint(ListenFor(settings.Listen, endpoint).Address, endpoint.Port)
            : ListenFor(settings.PublicListen, endpoint);

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
