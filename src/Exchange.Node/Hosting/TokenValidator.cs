using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Exchange.Node.Hosting;

/// <summary>
/// Decides whether an access token lets the holder of a certificate in. Everything RFC 9068 and RFC 8705 ask for is asked for
/// here, each with a reason of its own, and nothing a stranger can put into a token makes it throw anything but a refusal.
/// What cannot change about a token (signature, binding, claims) is kept; what can (time, register) is looked at in every call.
/// </summary>
internal sealed class TokenValidator(RegisterCache register, TimeProvider time)
{
    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>Longest token that is looked at, in characters.</summary>
    public const int TokenLengthMax = 8192;

    /// <summary>Most tokens remembered; at one more all are forgotten, which costs each caller one validation.</summary>
    private const int RememberedMax = 4096;

    private static readonly JsonWebTokenHandler Handler = new();
    private readonly ConcurrentDictionary<(string TokenHash, string Thumbprint), CheckedToken> _checked = new();
    private readonly ConcurrentDictionary<string, ECDsaSecurityKey> _keys = new();

    /// <summary>Returns when the token lets that participant in: false, or true when only the outage rule does.</summary>
    /// <param name="token">As it stood in the header.</param>
    /// <param name="participantId">Whose certificate was shown.</param>
    /// <param name="thumbprint">Of that certificate.</param>
    /// <param name="cancellationToken">Of the call.</param>
    /// <exception cref="ExchangeException">One of the <c>TOKEN_…</c> reasons.</exception>
    public async ValueTask<bool> AdmitAsync(string token, string participantId, string thumbprint, CancellationToken cancellationToken)
    {
        if (token.Length > TokenLengthMax)
        {
            throw Malformed();
        }

        var key = (Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token))), thumbprint);
        if (!_checked.TryGetValue(key, out var found) || !StillStands(found))
        {
            found = await CheckAsync(token, participantId, thumbprint, cancellationToken).ConfigureAwait(false);
            Remember(key, found);
        }

        return CheckLifetime(found);
    }

    // The key may have left the register since, and the issuer may have moved.
    private bool StillStands(CheckedToken token) =>
        register.Current.FindTokenKey(token.KeyId) is not null && register.Current.Snapshot.Issuer == token.Issuer;

    private void Remember((string, string) key, CheckedToken token)
    {
        if (_checked.Count >= RememberedMax)
        {
            _checked.Clear();
        }

        _checked[key] = token;
    }

    private async ValueTask<CheckedToken> CheckAsync(string text, string participantId, string thumbprint, CancellationToken cancellationToken)
    {
        var token = Parse(text);
        await CheckSignatureAsync(token, cancellationToken).ConfigureAwait(false);
        using var payload = JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedPayload));
        var claims = payload.RootElement;
        CheckAddressing(claims);
        CheckBinding(claims, thumbprint);
        if (TextOf(claims, "sub") != participantId)
        {
            throw Reasons.TokenSubjectMismatch.Because("The access token belongs to another participant than the certificate.", "Use a token of your own.");
        }

        var begins = Later(TimeOf(claims, "nbf"), TimeOf(claims, "iat"));
        return new CheckedToken(token.Kid, register.Current.Snapshot.Issuer, begins, TimeOf(claims, "exp") ?? throw Malformed());
    }

    private static JsonWebToken Parse(string text)
    {
        try
        {
            var token = new JsonWebToken(text);

            // RFC 9068, section 2.1: an access token says that it is one, so that no other JWT of the issuer passes for one.
            return token.IsSigned && token.Typ is "at+jwt" or "application/at+jwt" ? token : throw Malformed();
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException or JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed();
        }
    }

    private async ValueTask CheckSignatureAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        var key = await FindKeyAsync(token.Kid, cancellationToken).ConfigureAwait(false);
        if (key is not null && token.Alg == SecurityAlgorithms.EcdsaSha256)
        {
            var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
            {
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireSignedTokens = true,
                ValidateIssuer = false,
                ValidateAudience = false,
                ValidateLifetime = false,
            }).ConfigureAwait(false);
            if (result.IsValid)
            {
                return;
            }
        }

        throw Reasons.TokenSignatureInvalid.Because("No token key of this exchange signed the access token.", "Get a token from the exchange's identity server.");
    }

    private async ValueTask<ECDsaSecurityKey?> FindKeyAsync(string? keyId, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(keyId))
        {
            return null;
        }

        if (register.Current.FindTokenKey(keyId) is null)
        {
            await register.RefreshOnDemandAsync(cancellationToken).ConfigureAwait(false);
        }

        return register.Current.FindTokenKey(keyId) is { } known
            ? _keys.GetOrAdd(Convert.ToHexString(SHA256.HashData(known.PublicKey.Span)), static (_, der) => KeyFrom(der.Span), known.PublicKey)
            : null;
    }

    private static ECDsaSecurityKey KeyFrom(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return new ECDsaSecurityKey(key);
    }

    private void CheckAddressing(JsonElement claims)
    {
        if (TextOf(claims, "iss") != register.Current.Snapshot.Issuer)
        {
            throw Reasons.TokenWrongIssuer.Because("The access token names another issuer.", "Get a token from the exchange's identity server.");
        }

        var audience = claims.TryGetProperty("aud", out var listed) && listed.ValueKind == JsonValueKind.Array && listed.GetArrayLength() == 1 ? listed[0] : listed;
        if (audience.ValueKind != JsonValueKind.String || audience.GetString() != Identifiers.NodeAudience)
        {
            throw Reasons.TokenWrongAudience.Because("The access token was made for another audience.", $"Get a token for {Identifiers.NodeAudience} alone.");
        }
    }

    private static void CheckBinding(JsonElement claims, string thumbprint)
    {
        if (!claims.TryGetProperty("cnf", out var confirmation) || confirmation.ValueKind == JsonValueKind.Null)
        {
            throw Reasons.TokenUnbound.Because("The access token is bound to no certificate.", "Get a token over mutual TLS.");
        }

        if (confirmation.ValueKind != JsonValueKind.Object
            || !confirmation.TryGetProperty("x5t#S256", out var bound) || bound.ValueKind != JsonValueKind.String)
        {
            throw Reasons.TokenBindingUnsupported.Because("The access token is bound to something other than a certificate.", "Get a token over mutual TLS.");
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bound.GetString()!), Encoding.UTF8.GetBytes(thumbprint)))
        {
            throw Reasons.TokenBoundElsewhere.Because("The access token is bound to another certificate.", "Use the certificate it was issued to, or get a new token.");
        }
    }

    private bool CheckLifetime(CheckedToken token)
    {
        var now = time.GetUtcNow();
        if (token.Begins is { } begins && begins > now + Skew)
        {
            throw Reasons.TokenNotYetValid.Because("The access token does not count yet.", "Set the clocks of both machines right.");
        }

        if (now <= token.Expires + Skew)
        {
            return false;
        }

        return register.IsIdentityOut && now <= token.Expires + TokenSource.OutageGrace
            ? true
            : throw Reasons.TokenExpired.Because("The access token has run out.", "Get a new one from the identity server.");
    }

    private static string? TextOf(JsonElement claims, string claim) =>
        claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? TimeOf(JsonElement claims, string claim)
    {
        if (!claims.TryGetProperty(claim, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 253_402_300_800
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : throw Malformed();
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;

    private static ExchangeException Malformed() =>
        Reasons.TokenMalformed.Because("The access token cannot be read.", "Send the token in the authorization header exactly as the identity server gave it.");

    private sealed record CheckedToken(string KeyId, string Issuer, DateTimeOffset? Begins, DateTimeOffset Expires);
}
