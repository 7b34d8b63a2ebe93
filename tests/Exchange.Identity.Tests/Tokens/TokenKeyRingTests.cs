using System.Security.Cryptography;
using Exchange.Identity.Tests.Support;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Tokens;

public class TokenKeyRingTests
{
    [Fact]
    public async Task A_new_key_is_published_at_once_and_signs_a_minute_later()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var oldKey = new JsonWebToken(await exchange.TokenAsync(member)).Kid;

        var newKey = await RotateAsync(exchange);

        Assert.Equal([oldKey, newKey], (await KeySetAsync(exchange)).Select(key => key.KeyId));
        Assert.Equal([oldKey, newKey], (await exchange.ReadRegisterAsync(member)).TokenKeys.Select(key => key.KeyId));
        exchange.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(oldKey, new JsonWebToken(await exchange.TokenAsync(member)).Kid);
        exchange.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(newKey, new JsonWebToken(await exchange.TokenAsync(member)).Kid);
    }

    [Fact]
    public async Task Tokens_of_the_old_key_stay_verifiable_after_rotation_and_restart()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var old = await exchange.TokenAsync(member);
        await RotateAsync(exchange);
        exchange.Clock.Advance(TimeSpan.FromSeconds(61));
        var fresh = await exchange.TokenAsync(member);

        await exchange.RestartAsync();

        var keys = await KeySetAsync(exchange);
        var registered = (await exchange.ReadRegisterAsync(member)).TokenKeys.Select(FromRegister).ToList();
        foreach (var token in new[] { old, fresh })
        {
            Assert.True(await HoldsAsync(token, keys));
            Assert.True(await HoldsAsync(token, registered));
        }

        Assert.NotEqual(new JsonWebToken(old).Kid, new JsonWebToken(fresh).Kid);
    }

    [Fact]
    public async Task An_old_key_is_withdrawn_when_no_token_of_it_can_count()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var newKey = await RotateAsync(exchange);
        var before = await exchange.ReadRegisterAsync(member);

        exchange.Clock.Advance(TokenKeyRing.PublishedAhead + TokenKeyRing.TokenLifetime + TimeSpan.FromHours(4));
        Assert.Equal(2, (await exchange.ReadRegisterAsync(member)).TokenKeys.Count);
        exchange.Clock.Advance(TimeSpan.FromHours(1));
        var after = await exchange.ReadRegisterAsync(member);

        Assert.Equal(newKey, Assert.Single(after.TokenKeys).KeyId);
        Assert.True(after.Version > before.Version);
        Assert.Equal(newKey, Assert.Single(await KeySetAsync(exchange)).KeyId);
    }

    [Fact]
    public async Task Rotation_stops_at_the_largest_number_of_keys()
    {
        await using var exchange = await StartAsync();
        for (var number = 1; number < TokenKeyRing.KeysMax; number++)
        {
            await RotateAsync(exchange);
        }

        Assert.Equal("REGISTER_FULL", await ReasonOf(exchange.Operator.RotateTokenKeyAsync(new RotateTokenKeyRequest(), cancellationToken: Cancellation)));
    }

    private static async Task<string> RotateAsync(TestExchange exchange) =>
        (await exchange.Operator.RotateTokenKeyAsync(new RotateTokenKeyRequest(), cancellationToken: Cancellation)).KeyId;

    private static async Task<IList<SecurityKey>> KeySetAsync(TestExchange exchange)
    {
        var text = await exchange.Http(null).GetStringAsync("/.well-known/jwks", Cancellation);
        return [.. new JsonWebKeySet(text).GetSigningKeys()];
    }

    private static ECDsaSecurityKey FromRegister(TokenKey key)
    {
        var imported = ECDsa.Create();
        imported.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
        return new ECDsaSecurityKey(imported) { KeyId = key.KeyId };
    }

    private static async Task<bool> HoldsAsync(string token, IEnumerable<SecurityKey> keys) =>
        (await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys,
            ValidAudience = Identifiers.NodeAudience,
            ValidateIssuer = false,
            ValidateLifetime = false,
        })).IsValid;
}
