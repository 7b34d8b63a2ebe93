using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Microsoft.IdentityModel.JsonWebTokens;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Tokens;

public class TokenServerTests
{
    [Fact]
    public async Task A_token_says_who_the_caller_is_and_is_bound_to_its_certificate()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni", ParticipantRole.Consumer);

        var token = new JsonWebToken(await exchange.TokenAsync(member));

        var now = exchange.Clock.GetUtcNow();
        var payload = JsonDocument.Parse(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(token.EncodedPayload)).RootElement;
        Assert.Equal("ES256", token.Alg);
        Assert.Equal("at+jwt", token.Typ);
        Assert.Equal("uni", token.Subject);
        Assert.Equal(exchange.Server.Endpoint + "/", token.Issuer);
        Assert.Equal(Identifiers.NodeAudience, Assert.Single(token.Audiences));
        Assert.Equal(300, (token.ValidTo - token.IssuedAt).TotalSeconds);
        Assert.InRange((token.IssuedAt - now.UtcDateTime).TotalSeconds, -1, 0);
        Assert.Equal("institute", payload.GetProperty("kind").GetString());
        Assert.Equal("CN-ZJ", payload.GetProperty("region").GetString());
        Assert.Equal("""["consumer"]""", payload.GetProperty("roles").GetRawText());
        Assert.Equal("""["research"]""", payload.GetProperty("purposes").GetRawText());
        Assert.Equal(MutualTls.ThumbprintOf(member.Certificate), payload.GetProperty("cnf").GetProperty("x5t#S256").GetString());
    }

    [Fact]
    public async Task A_certificate_of_another_authority_gets_no_token()
    {
        await using var exchange = await StartAsync();
        await using var stranger = await StartAsync();
        await exchange.JoinAsync("uni");
        var impostor = await stranger.JoinAsync("uni");

        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", impostor.Certificate)));
    }

    [Fact]
    public async Task A_certificate_with_another_name_gets_no_token()
    {
        await using var exchange = await StartAsync();
        await exchange.JoinAsync("uni");
        var other = await exchange.JoinAsync("firm-a");

        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", other.Certificate)));
        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", exchange.Own)));
    }

    [Fact]
    public async Task No_certificate_no_token_whatever_else_is_shown()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");

        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", null)));
        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", null, ("client_secret", "open sesame"))));
        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", member.Certificate, ("client_secret", "open sesame"))));
        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", null, Assertion(exchange, member))));
        Assert.Equal("invalid_client", await RefusalOf(exchange.AskTokenAsync("uni", member.Certificate, Assertion(exchange, member))));
    }

    [Fact]
    public async Task A_self_signed_certificate_with_the_right_name_gets_no_token()
    {
        await using var exchange = await StartAsync();
        await exchange.JoinAsync("uni");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=uni", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Identifiers.TlsNameOf("uni"));
        request.CertificateExtensions.Add(names.Build());
        using var selfSigned = request.CreateSelfSigned(exchange.Clock.GetUtcNow(), exchange.Clock.GetUtcNow().AddDays(1));

        Assert.StartsWith("invalid_", await RefusalOf(exchange.AskTokenAsync("uni", selfSigned)));
    }

    [Fact]
    public async Task A_suspended_participant_gets_no_token_until_it_is_reinstated()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        await exchange.TokenAsync(member);

        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);
        Assert.Equal("unauthorized_client", await RefusalOf(exchange.AskTokenAsync("uni", member.Certificate)));

        await exchange.Operator.ReinstateParticipantAsync(new ReinstateParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);
        await exchange.TokenAsync(member);
    }

    [Fact]
    public async Task The_discovery_document_names_what_is_served_and_nothing_else()
    {
        await using var exchange = await StartAsync();

        var document = await exchange.Http(null).GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration", Cancellation);

        Assert.Equal(exchange.Server.Endpoint + "/", document.GetProperty("issuer").GetString());
        Assert.Equal(exchange.Server.Endpoint + "/connect/token", document.GetProperty("token_endpoint").GetString());
        Assert.Equal("client_credentials", Assert.Single(document.GetProperty("grant_types_supported").EnumerateArray()).GetString());
        Assert.Equal("tls_client_auth", Assert.Single(document.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray()).GetString());
        Assert.True(document.GetProperty("tls_client_certificate_bound_access_tokens").GetBoolean());
        Assert.False(document.TryGetProperty("authorization_endpoint", out _));
    }

    [Fact]
    public async Task Other_grants_are_refused()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");

        Assert.Equal("unsupported_grant_type", await RefusalOf(exchange.AskTokenAsync("uni", member.Certificate, ("grant_type", "password"))));
    }

    [Fact]
    public async Task Tokens_are_issued_again_after_a_restart()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var before = new JsonWebToken(await exchange.TokenAsync(member));

        await exchange.RestartAsync();

        Assert.Equal(before.Kid, new JsonWebToken(await exchange.TokenAsync(member)).Kid);
    }

    private static async Task<string?> RefusalOf(Task<(int Status, JsonElement Body)> asking)
    {
        var (status, body) = await asking;
        Assert.InRange(status, 400, 401);
        Assert.False(body.TryGetProperty("access_token", out _));
        return body.GetProperty("error").GetString();
    }

    /// <summary>A private_key_jwt (RFC 7523) by the enrolled TLS key, which is on record: it must not replace the certificate.</summary>
    private static (string Name, string Value)[] Assertion(TestExchange exchange, TestMember member)
    {
        var assertion = new JsonWebTokenHandler().CreateToken(new Microsoft.IdentityModel.Tokens.SecurityTokenDescriptor
        {
            Issuer = member.Id,
            Audience = exchange.Server.Endpoint + "/",
            Claims = new Dictionary<string, object> { ["sub"] = member.Id, ["jti"] = Identifiers.NewId() },
            Expires = exchange.Clock.GetUtcNow().AddMinutes(5).UtcDateTime,
            SigningCredentials = new(new Microsoft.IdentityModel.Tokens.ECDsaSecurityKey(member.TlsKey), "ES256"),
            TokenType = "client-authentication+jwt",
        });
        return [("client_assertion", assertion), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")];
    }
}
