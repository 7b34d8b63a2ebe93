using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Naming;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Exchange.Identity.Tokens;

/// <summary>The OAuth clients of participants.</summary>
internal sealed class TokenClients(IServiceScopeFactory scopes)
{
    /// <summary>
    /// Registers the participant as a confidential client, or replaces the client of an enrolment that was interrupted.
    /// OpenIddict takes a certificate for a client whose redirect URI has the certificate's DNS name as its host, and wants a
    /// secret or a key on record: it gets the enrolled public key. No secret exists.
    /// </summary>
    public async Task SaveAsync(string participantId, PublicKey publicKey, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        var wanted = new OpenIddictApplicationDescriptor
        {
            ClientId = participantId,
            ClientType = ClientTypes.Confidential,
            ConsentType = ConsentTypes.Implicit,
            JsonWebKeySet = KeySetOf(publicKey),
            RedirectUris = { new Uri($"https://{Identifiers.TlsNameOf(participantId)}/") },
            Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
        };

        var existing = await applications.FindByClientIdAsync(participantId, cancellationToken);
        if (existing is null)
        {
            await applications.CreateAsync(wanted, cancellationToken);
        }
        else
        {
            await applications.UpdateAsync(existing, wanted, cancellationToken);
        }
    }

    private static JsonWebKeySet KeySetOf(PublicKey publicKey)
    {
        using var key = publicKey.GetECDsaPublicKey()!;
        var point = key.ExportParameters(false).Q;
        return new JsonWebKeySet
        {
            Keys =
            {
                new JsonWebKey
                {
                    Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
                    Crv = JsonWebKeyECTypes.P256,
                    Use = JsonWebKeyUseNames.Sig,
                    Kid = Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo())),
                    X = Base64UrlEncoder.Encode(point.X),
                    Y = Base64UrlEncoder.Encode(point.Y),
                },
            },
        };
    }
}
