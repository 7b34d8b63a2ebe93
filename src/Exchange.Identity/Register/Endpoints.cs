using Exchange.Identity.Hosting;
using Exchange.Protocol.Errors;

namespace Exchange.Identity.Register;

/// <summary>What may stand in the register as a node's address.</summary>
internal static class Endpoints
{
    /// <summary>The address of a joining node: empty when its port is 0, for the node will tell at its start.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static string CheckJoining(string text) =>
        EndpointText.TryParse(text, out var endpoint) ? (endpoint.Port == 0 ? "" : TextOf(endpoint)) : throw Refused();

    /// <summary>The address of a running node.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static string CheckRunning(string text) =>
        EndpointText.TryParse(text, out var endpoint) && endpoint.Port != 0 ? TextOf(endpoint) : throw Refused();

    private static string TextOf(Uri endpoint) => $"https://{endpoint.Host}:{endpoint.Port}";

    private static ExchangeException Refused() =>
        Reasons.InvalidRequest.Because("The endpoint is not of the form https://host:port.", "Write it like https://data.example.org:7443.");
}
