using Exchange.Protocol.Homes;

namespace Exchange.Identity.Authority;

/// <summary>The files that only an identity server's home has.</summary>
internal static class AuthorityFiles
{
    /// <summary>The private key of the exchange CA, PEM (PKCS #8).</summary>
    public static string CaKey(Home home) => Path.Combine(home.Path, "keys", "ca.key");

    /// <summary>Ed25519 seed of the operator, who signs the register.</summary>
    public static string OperatorKey(Home home) => Path.Combine(home.Path, "keys", "operator.key");

    /// <summary>OAuth clients, kept by OpenIddict.</summary>
    public static string ClientDatabase(Home home) => Path.Combine(home.DataFolder, "clients.db");
}
