using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace Exchange.Identity.Tokens;

/// <summary>Signs each token with the key of its moment: a new key becomes the signing one without any event that could reload options.</summary>
internal sealed class CurrentKeySelector(TokenKeyRing keys) : IOpenIddictServerHandler<OpenIddictServerEvents.GenerateTokenContext>
{
    /// <inheritdoc/>
    public ValueTask HandleAsync(OpenIddictServerEvents.GenerateTokenContext context)
    {
        context.SigningCredentials = new SigningCredentials(keys.Current(), SecurityAlgorithms.EcdsaSha256);
        return ValueTask.CompletedTask;
    }
}
