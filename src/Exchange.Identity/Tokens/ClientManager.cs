using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using OpenIddict.EntityFrameworkCore.Models;

namespace Exchange.Identity.Tokens;

/// <summary>OpenIddict's manager, but for the clock by which it judges certificates: the exchange's own instead of the machine's.</summary>
internal sealed class ClientManager(
    IOpenIddictApplicationCache<OpenIddictEntityFrameworkCoreApplication> cache,
    ILogger<OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>> log,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<OpenIddictEntityFrameworkCoreApplication> store,
    TimeProvider time)
    : OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>(cache, log, options, store)
{
    /// <inheritdoc/>
    public override async ValueTask<X509ChainPolicy?> GetPublicKeyInfrastructureTlsClientAuthenticationPolicyAsync(
        OpenIddictEntityFrameworkCoreApplication application, X509ChainPolicy policy, CancellationToken cancellationToken = default)
    {
        var wanted = (await base.GetPublicKeyInfrastructureTlsClientAuthenticationPolicyAsync(application, policy, cancellationToken))?.Clone();
        if (wanted is not null)
        {
            wanted.VerificationTime = time.GetUtcNow().UtcDateTime;
            wanted.DisableCertificateDownloads = true;
        }

        return wanted;
    }
}
