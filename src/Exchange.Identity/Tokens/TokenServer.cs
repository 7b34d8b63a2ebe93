using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Identity.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.EntityFrameworkCore.Models;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Exchange.Identity.Tokens;

/// <summary>
/// OpenIddict as the exchange uses it: client credentials with mutual-TLS client authentication and certificate-bound
/// tokens (RFC 8705), discovery document and key set; nothing else is switched on.
/// </summary>
internal static class TokenServer
{
    /// <summary>Adds the token server.</summary>
    public static void Add(IServiceCollection services, ServerIdentity server, X509Certificate2 ca, string clientDatabase)
    {
        services.AddDbContext<ClientDatabase>(options => ClientDatabase.Configure(options, clientDatabase));
        services.AddSingleton<TokenClients>();
        services.AddSingleton<TokenKeyOptions>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<TokenKeyOptions>());
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<TokenKeyOptions>());
        services.AddOpenIddict()
            .AddCore(options =>
            {
                options.UseEntityFrameworkCore().UseDbContext<ClientDatabase>();
                options.ReplaceApplicationManager<OpenIddictEntityFrameworkCoreApplication, ClientManager>();
            })
            .AddServer(options =>
            {
                options.SetIssuer(server.Issuer);
                options.SetTokenEndpointUris("connect/token");
                options.AllowClientCredentialsFlow();
                options.SetAccessTokenLifetime(TokenKeyRing.TokenLifetime);
                options.EnablePublicKeyInfrastructureTlsClientAuthentication([ca]);
                options.UseClientCertificateBoundAccessTokens();
                options.DisableAccessTokenEncryption();
                options.DisableTokenStorage();
                options.DisableAuthorizationStorage();

                // OpenIddict insists on an encryption key; nothing is encrypted, so one of this process's own does.
                options.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
                options.AddEventHandler<ValidateTokenRequestContext>(handler => handler
                    .UseSingletonHandler<CertificateOnlyPolicy>().SetOrder(int.MinValue));
                options.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseSingletonHandler<TokenIssuer>());
                options.AddEventHandler<GenerateTokenContext>(handler => handler
                    .UseSingletonHandler<CurrentKeySelector>().SetOrder(Protection.AttachSecurityCredentials.Descriptor.Order + 1));
                options.UseAspNetCore();
            });

        // After OpenIddict's own configuration, which offers client secrets too.
        services.PostConfigure<OpenIddictServerOptions>(options =>
        {
            options.ClientAuthenticationMethods.Clear();
            options.ClientAuthenticationMethods.Add(ClientAuthenticationMethods.TlsClientAuth);
        });
    }
}
