using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace Exchange.Identity.Tokens;

/// <summary>Gives OpenIddict the keys of the ring, and anew when they change: it signs with them and publishes them.</summary>
internal sealed class TokenKeyOptions(TokenKeyRing keys) : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>
{
    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => keys.ChangeToken();

    /// <inheritdoc/>
    public void Configure(OpenIddictServerOptions options) =>
        options.SigningCredentials.AddRange(keys.Published().Select(key => new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256)));
}
