namespace Exchange.Identity;

/// <summary>Where a new identity server is reached and where it listens.</summary>
/// <param name="Endpoint"><c>https://host:port</c>, the issuer of every token; port 0: whatever port is bound at the start.</param>
/// <param name="Listen"><c>ip:port</c> to bind; port 0: any free port; empty: the endpoint's address and port.</param>
public sealed record IdentityOptions(string Endpoint, string Listen);
