using System.Net;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Identity.Hosting;

/// <summary>The addresses of an identity server, read from its settings.</summary>
/// <param name="Endpoint">Where others reach it; its port may be 0.</param>
/// <param name="Listen">What it binds; the port may be 0.</param>
internal sealed record ServerAddresses(Uri Endpoint, IPEndPoint Listen)
{
    /// <summary>Reads and checks the addresses.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.SettingsInvalid"/>.</exception>
    public static ServerAddresses From(HomeSettings settings)
    {
        if (!EndpointText.TryParse(settings.Endpoint, out var endpoint))
        {
            throw Reasons.SettingsInvalid.Because("The endpoint is not of the form https://host:port.", "Write it like https://identity.example.org:7400.");
        }

        if (settings.Listen.Length == 0)
        {
            return new ServerAddresses(endpoint, new IPEndPoint(AddressOf(endpoint), endpoint.Port));
        }

        // Without a colon behind the address a missing port would silently mean port 0.
        return IPEndPoint.TryParse(settings.Listen, out var listen) && settings.Listen.EndsWith($":{listen.Port}", StringComparison.Ordinal)
            ? new ServerAddresses(endpoint, listen)
            : throw Reasons.SettingsInvalid.Because("The listen address is not of the form ip:port.", "Write it like 127.0.0.1:7400 or 0.0.0.0:7400.");
    }

    /// <summary>The issuer of tokens, <c>https://host:port/</c>; an endpoint with port 0 takes the bound one.</summary>
    public string IssuerAt(int boundPort) => $"https://{Endpoint.Host}:{(Endpoint.Port == 0 ? boundPort : Endpoint.Port)}/";

    /// <summary>How a process on this machine dials the bound address: a wildcard is no address to dial.</summary>
    public static string DialOf(IPEndPoint bound)
    {
        var address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : bound.Address;
        return $"https://{new IPEndPoint(address, bound.Port)}";
    }

    private static IPAddress AddressOf(Uri endpoint) =>
        IPAddress.TryParse(endpoint.IdnHost, out var address) ? address
        : endpoint.IsLoopback ? IPAddress.Loopback
        : IPAddress.Any;
}
