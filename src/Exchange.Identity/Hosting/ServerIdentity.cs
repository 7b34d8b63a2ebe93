namespace Exchange.Identity.Hosting;

/// <summary>How this server calls itself.</summary>
/// <param name="Issuer">The issuer of tokens, <c>https://host:port/</c>.</param>
internal sealed record ServerIdentity(string Issuer);
