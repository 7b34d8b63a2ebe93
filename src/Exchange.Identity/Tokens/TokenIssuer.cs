using System.Security.Claims;
using System.Text.Json;
using Exchange.Identity.Members;
using Exchange.Identity.Storage;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Exchange.Identity.Tokens;

/// <summary>
/// Says who the caller is, once OpenIddict has checked its certificate. The claims <c>kind</c>, <c>region</c>, <c>roles</c> and
/// <c>purposes</c> stand as the operator decided them, in lower-case words; roles and purposes are arrays, also when they hold one word or none.
/// </summary>
internal sealed class TokenIssuer(IdentityDatabase database) : IOpenIddictServerHandler<OpenIddictServerEvents.HandleTokenRequestContext>
{
    /// <inheritdoc/>
    public ValueTask HandleAsync(OpenIddictServerEvents.HandleTokenRequestContext context)
    {
        var participant = database.Read(work => ParticipantTable.Find(work, context.Request.ClientId!));
        if (participant?.Status != ParticipantStatus.Active)
        {
            context.Reject(Errors.UnauthorizedClient, "The participant is suspended or has not joined.");
            return ValueTask.CompletedTask;
        }

        var identity = new ClaimsIdentity("exchange", Claims.Subject, Claims.Role);
        identity.SetClaim(Claims.Subject, participant.Id);
        identity.SetClaim("kind", WordOf(participant.Kind));
        identity.SetClaim("region", participant.Region);
        identity.AddClaim(ArrayOf("roles", participant.Roles.Select(WordOf)));
        identity.AddClaim(ArrayOf("purposes", participant.Purposes));
        identity.SetResources(Identifiers.NodeAudience);
        identity.SetDestinations(static _ => [Destinations.AccessToken]);
        context.SignIn(new ClaimsPrincipal(identity));
        return ValueTask.CompletedTask;
    }

    private static Claim ArrayOf(string type, IEnumerable<string> words) => new(type, JsonSerializer.Serialize(words), JsonClaimValueTypes.JsonArray);

    private static string WordOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
