using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Exchange.Identity.Tokens;

/// <summary>Refuses a token request without a client certificate or with any other proof of identity (RFC 8705 section 2).</summary>
internal sealed class CertificateOnlyPolicy : IOpenIddictServerHandler<OpenIddictServerEvents.ValidateTokenRequestContext>
{
    /// <inheritdoc/>
    public ValueTask HandleAsync(OpenIddictServerEvents.ValidateTokenRequestContext context)
    {
        if (context.Transaction.GetHttpRequest()?.HttpContext.Connection.ClientCertificate is null)
        {
            context.Reject(Errors.InvalidClient, "A client certificate of the exchange is needed.");
        }
        else if (!string.IsNullOrEmpty(context.Request.ClientSecret) || !string.IsNullOrEmpty(context.Request.ClientAssertion))
        {
            context.Reject(Errors.InvalidClient, "Clients prove who they are with their certificate alone.");
        }

        return ValueTask.CompletedTask;
    }
}
