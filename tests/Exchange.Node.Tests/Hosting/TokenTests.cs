using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Tests.Support;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Hosting;

/// <summary>The whole list of bad tokens, shown to a real node over a real connection.</summary>
public sealed class TokenTests(TokenTests.Fixture fixture) : IClassFixture<TokenTests.Fixture>
{
    [Fact]
    public async Task A_token_of_the_identity_server_lets_its_holder_in() =>
        Assert.Equal("", await fixture.CallAsync(fixture.Forge.Mint("loom")));

    [Fact]
    public async Task No_token_is_refused() => Assert.Equal("TOKEN_MISSING", await fixture.CallAsync(null));

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("....")]
    [InlineData("eyJ.eyJ.eyJ")]
    [InlineData("e30.e30.")]
    [InlineData("bnVsbA.bnVsbA.AAAA")]
    [InlineData("W10.W10.AAAA")]
    public async Task What_is_no_token_is_refused(string token) => Assert.Equal("TOKEN_MALFORMED", await fixture.CallAsync(token));

    [Fact]
    public async Task Another_sort_of_token_is_refused() =>
        Assert.Equal("TOKEN_MALFORMED", await fixture.CallAsync(fixture.Forge.Mint("loom", header: header => header["typ"] = "JWT")));

    [Fact]
    public async Task A_token_over_the_length_limit_is_refused_and_one_under_it_is_read()
    {
        Assert.Equal("TOKEN_MALFORMED", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["pad"] = new string('x', 7000))));
        Assert.Equal("", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["pad"] = new string('x', 5000))));
    }

    [Fact]
    public async Task A_token_without_an_end_is_refused() =>
        Assert.Equal("TOKEN_MALFORMED", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims.Remove("exp"))));

    [Theory]
    [InlineData(-59, "")]
    [InlineData(-61, "TOKEN_EXPIRED")]
    public async Task An_expired_token_is_refused_once_clocks_cannot_explain_it(int seconds, string reason) =>
        Assert.Equal(reason, await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["exp"] = fixture.Now + seconds)));

    [Theory]
    [InlineData(59, "")]
    [InlineData(61, "TOKEN_NOT_YET_VALID")]
    public async Task A_token_from_the_future_is_refused_once_clocks_cannot_explain_it(int seconds, string reason) =>
        Assert.Equal(reason, await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["nbf"] = fixture.Now + seconds)));

    [Fact]
    public async Task A_token_bound_to_nothing_is_refused()
    {
        Assert.Equal("TOKEN_UNBOUND", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims.Remove("cnf"))));
        Assert.Equal("TOKEN_UNBOUND", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["cnf"] = null)));
    }

    [Theory]
    [InlineData("""{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}""")]
    [InlineData("""{"x5t#S256":17}""")]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("\"x5t\"")]
    [InlineData("17")]
    public async Task A_token_with_a_binding_of_another_kind_is_refused(string confirmation) =>
        Assert.Equal("TOKEN_BINDING_UNSUPPORTED", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["cnf"] = JsonNode.Parse(confirmation))));

    [Fact]
    public async Task A_stolen_token_is_refused()
    {
        // Mill's token and mill's claims, but the connection shows loom's certificate.
        Assert.Equal("TOKEN_BOUND_ELSEWHERE", await fixture.CallAsync(fixture.Forge.Mint("mill")));
        Assert.Equal("TOKEN_BOUND_ELSEWHERE", await fixture.CallAsync(fixture.Forge.Mint("mill", claims => claims["sub"] = "loom")));
    }

    [Fact]
    public async Task A_token_of_another_subject_is_refused() =>
        Assert.Equal("TOKEN_SUBJECT_MISMATCH", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["sub"] = "mill")));

    [Fact]
    public async Task A_token_for_another_audience_is_refused()
    {
        Assert.Equal("TOKEN_WRONG_AUDIENCE", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["aud"] = "urn:other")));
        Assert.Equal("TOKEN_WRONG_AUDIENCE", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["aud"] = new JsonArray("urn:exchange:node", "urn:other"))));
        Assert.Equal("TOKEN_WRONG_AUDIENCE", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims.Remove("aud"))));
    }

    [Fact]
    public async Task A_token_of_another_issuer_is_refused() =>
        Assert.Equal("TOKEN_WRONG_ISSUER", await fixture.CallAsync(fixture.Forge.Mint("loom", claims => claims["iss"] = "https://elsewhere.example/")));

    [Fact]
    public async Task A_token_signed_by_another_key_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal("TOKEN_SIGNATURE_INVALID", await fixture.CallAsync(fixture.Forge.Mint("loom", key: other)));
        Assert.Equal("TOKEN_SIGNATURE_INVALID", await fixture.CallAsync(fixture.Forge.Mint("loom", header: header => header["kid"] = "ffffffffffffffff", key: other)));
        Assert.Equal("TOKEN_SIGNATURE_INVALID", await fixture.CallAsync(fixture.Forge.Mint("loom", header: header => header.Remove("kid"))));
    }

    [Fact]
    public async Task A_token_that_names_another_algorithm_is_refused()
    {
        Assert.Equal("TOKEN_SIGNATURE_INVALID", await fixture.CallAsync(fixture.Forge.MintWithMac("loom")));
        Assert.Contains(await fixture.CallAsync(fixture.Forge.Mint("loom", header: header => header["alg"] = "none")), new[] { "TOKEN_SIGNATURE_INVALID", "TOKEN_MALFORMED" });
    }

    [Fact]
    public async Task Claims_of_the_wrong_type_are_refused_and_never_break_the_node()
    {
        string[] claims = ["iss", "aud", "sub", "exp", "nbf", "iat", "cnf"];
        string[] values = ["null", "true", "[]", "{}", "[[]]", "\"\"", "-1", "1e400", "1e300", "9223372036854775808", "\"\\u0000\""];
        foreach (var claim in claims)
        {
            foreach (var value in values)
            {
                var token = fixture.Forge.Mint("loom", body => body[claim] = JsonNode.Parse(value));
                var reason = await fixture.CallAsync(token);
                Assert.True(reason.Length == 0 || reason.StartsWith("TOKEN_", StringComparison.Ordinal), $"{claim} = {value}: {reason}");
            }
        }
    }

    [Fact]
    public async Task A_known_token_is_refused_when_its_time_is_over()
    {
        var token = fixture.Forge.Mint("loom", claims => claims["exp"] = fixture.Now - 59);
        Assert.Equal("", await fixture.CallAsync(token));
        fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("TOKEN_EXPIRED", await fixture.CallAsync(token));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private TestExchange _exchange = null!;
        private ChannelBase _channel = null!;

        internal FakeTimeProvider Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()));

        internal TokenForge Forge { get; private set; } = null!;

        internal long Now => Clock.GetUtcNow().ToUnixTimeSeconds();

        /// <summary>Calls mill's node as loom with that token; the reason of the refusal, or nothing.</summary>
        internal async Task<string> CallAsync(string? token)
        {
            var headers = new Metadata();
            if (token is not null)
            {
                headers.Add("authorization", "Bearer " + token);
            }

            try
            {
                await new CatalogService.CatalogServiceClient(_channel).ListOffersAsync(new ListOffersRequest(), headers, cancellationToken: TestContext.Current.CancellationToken);
                return "";
            }
            catch (RpcException error)
            {
                return RpcErrors.FromRpcException(error, "node of mill").Reason.Name;
            }
        }

        public async ValueTask InitializeAsync()
        {
            _exchange = await TestExchange.StartAsync(Clock, "mill", "loom");
            Forge = new TokenForge(_exchange, Clock);
            _channel = _exchange["mill"].Connect(_exchange["loom"]);
        }

        public async ValueTask DisposeAsync()
        {
            await _channel.ShutdownAsync();
            Forge.Dispose();
            await _exchange.DisposeAsync();
        }
    }
}
