namespace Exchange.Node.Membership;

/// <summary>What it takes to join an exchange.</summary>
/// <param name="HomePath">Folder for the new home.</param>
/// <param name="IdentityUrl">Address of the identity server, <c>https://host:port</c>. It need not be trusted: the code says who must answer there.</param>
/// <param name="Code">The one-time code from the operator.</param>
/// <param name="Endpoint">Where peers will reach this node, <c>https://host:port</c>; port 0: the port bound at each start.</param>
/// <param name="Listen">Address to bind, <c>ip:port</c>; empty: that of the endpoint.</param>
public sealed record JoinRequest(string HomePath, string IdentityUrl, string Code, string Endpoint, string Listen);
