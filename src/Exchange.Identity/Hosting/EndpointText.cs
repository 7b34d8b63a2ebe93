using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Exchange.Identity.Hosting;

/// <summary>Addresses of the form <c>https://host:port</c>, as they stand in settings and in the register.</summary>
internal static class EndpointText
{
    private const int LengthMax = 255;

    /// <summary>Whether the text is such an address with nothing else in it; the port is written out and may be 0.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? endpoint)
    {
        endpoint = null;
        var port = text[(text.LastIndexOf(':') + 1)..].TrimEnd('/');
        return text.Length <= LengthMax
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Uri.TryCreate(text, UriKind.Absolute, out endpoint)
            && endpoint.Scheme == Uri.UriSchemeHttps
            && endpoint.Port == number
            && endpoint.Host.Length > 0
            && endpoint.UserInfo.Length == 0
            && endpoint.PathAndQuery == "/"
            && endpoint.Fragment.Length == 0;
    }
}
