using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Tls;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Peers;

/// <summary>
/// This node's access token: asked for with client credentials over mutual TLS (RFC 6749 section 4.4, RFC 8705), reused until
/// 60 seconds before it expires, and asked for by one caller at a time. While the identity server is away the last token is
/// used on: owners that notice the outage too accept it for up to 4 hours.
/// </summary>
internal sealed class TokenSource(Home home, NodeIdentity identity, IdentityLink link, TimeProvider time, ILogger<TokenSource> log)
{
    /// <summary>How long before its end a token is replaced.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    /// <summary>How long after its end a token is still worth showing in an outage.</summary>
    public static readonly TimeSpan OutageGrace = TimeSpan.FromHours(4);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _oneRequest = new(1);
    private AccessToken? _last = AccessToken.Load(home);
    private string _thumbprint = "";
    private object? _thumbprintOf;
    private DateTimeOffset _nextTry = DateTimeOffset.MinValue;

    /// <summary>A token bound to the certificate in use. Completes at once while one is fresh.</summary>
    /// <exception cref="ExchangeException"><c>UNREACHABLE</c> without identity server and last token; <c>TOKEN_NOT_ISSUED</c> when it refuses.</exception>
    public ValueTask<AccessToken> GetAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _last) is { } token && IsFresh(token) ? new(token) : new(RequestOnceAsync(cancellationToken));

    private bool IsFresh(AccessToken token) => time.GetUtcNow() < token.ExpireTime - Margin && token.Thumbprint == OwnThumbprint();

    // Worth an outage: bound to this certificate, and not expired for longer than owners may forgive.
    private bool IsUsable(AccessToken? token) => token is not null && time.GetUtcNow() < token.ExpireTime + OutageGrace && token.Thumbprint == OwnThumbprint();

    private string OwnThumbprint()
    {
        var certificate = identity.Certificate;
        if (!ReferenceEquals(_thumbprintOf, certificate))
        {
            // Two threads may both compute it; they write the same.
            _thumbprint = MutualTls.ThumbprintOf(certificate);
            Volatile.Write(ref _thumbprintOf, certificate);
        }

        return _thumbprint;
    }

    private async Task<AccessToken> RequestOnceAsync(CancellationToken cancellationToken)
    {
        await _oneRequest.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_last is { } token && (IsFresh(token) || (IsUsable(token) && time.GetUtcNow() < _nextTry)))
            {
                return token;
            }

            return await RequestAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneRequest.Release();
        }
    }

    private async Task<AccessToken> RequestAsync(CancellationToken cancellationToken)
    {
        var connection = link.Current;
        try
        {
            var asked = time.GetUtcNow();
            var (value, lifetime) = await CallTokenEndpointAsync(connection, cancellationToken).ConfigureAwait(false);
            var token = new AccessToken(value, asked + lifetime, MutualTls.ThumbprintOf(connection.Certificate));
            Volatile.Write(ref _last, token);
            Keep(token);
            return token;
        }
        catch (Exception error) when (IsOutage(error) && !cancellationToken.IsCancellationRequested)
        {
            _nextTry = time.GetUtcNow() + RetryInterval;
            if (_last is { } last && IsUsable(last))
            {
                log.TokenKept(identity.ParticipantId, last.ExpireTime);
                return last;
            }

            throw new ExchangeException(Reasons.Unreachable, "The identity server gives no access token at the moment.", "Ask again when it is back.", error);
        }
    }

    private static bool IsOutage(Exception error) => error is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException or InvalidOperationException;

    private async Task<(string Token, TimeSpan Lifetime)> CallTokenEndpointAsync(IdentityLink.Connection connection, CancellationToken cancellationToken)
    {
        using var discovery = await connection.Http.GetFromJsonAsync<JsonDocument>(".well-known/openid-configuration", cancellationToken).ConfigureAwait(false);
        var endpoint = new Uri(connection.Address, discovery!.RootElement.GetProperty("token_endpoint").GetString());
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", identity.ParticipantId)]);
        using var response = await connection.Http.PostAsync(endpoint, form, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw Reasons.TokenNotIssued.Because("The identity server refused this node an access token.", "Ask the operator whether this participant is suspended or its certificate has run out.");
        }

        response.EnsureSuccessStatusCode();
        using var answer = await response.Content.ReadFromJsonAsync<JsonDocument>(cancellationToken).ConfigureAwait(false);
        return (answer!.RootElement.GetProperty("access_token").GetString()!, TimeSpan.FromSeconds(answer.RootElement.GetProperty("expires_in").GetInt64()));
    }

    private void Keep(AccessToken token)
    {
        try
        {
            token.Save(home);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.TokenNotSaved(identity.ParticipantId, error.Message);
        }
    }
}
