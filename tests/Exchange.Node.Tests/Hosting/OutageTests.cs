using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Hosting;

/// <summary>The exchange while the identity server is away, and token keys while it changes them.</summary>
public sealed class OutageTests
{
    // Tokens tell times in whole seconds, so the limits are met exactly only from a whole one.
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_restarted_in_an_outage_go_on_with_the_last_token_for_four_hours_and_no_longer()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        await ListAsync(exchange, "loom", "mill");
        var token = await TokensOf(exchange["loom"]).GetAsync(Cancellation);

        exchange["mill"].KeepPort();
        await exchange.StopIdentityAsync();
        await exchange["mill"].StopAsync();
        await exchange["loom"].StopAsync();
        _clock.Advance(TimeSpan.FromMinutes(10));
        await exchange["mill"].StartAsync(Cancellation);
        await exchange["loom"].StartAsync(Cancellation);

        await ListAsync(exchange, "loom", "mill");
        Assert.True(await AdmitAsync(exchange, token.Value), "Let in, and known to be so only by the outage rule.");

        _clock.SetUtcNow(token.ExpireTime + TimeSpan.FromHours(4));
        Assert.True(await AdmitAsync(exchange, token.Value));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("TOKEN_EXPIRED", (await Assert.ThrowsAsync<ExchangeException>(() => AdmitAsync(exchange, token.Value))).Reason.Name);
        Assert.Equal("UNREACHABLE", (await Assert.ThrowsAsync<ExchangeException>(() => ListAsync(exchange, "loom", "mill"))).Reason.Name);
    }

    [Fact]
    public async Task An_expired_token_is_refused_until_the_owner_itself_has_missed_the_identity_server_for_a_minute()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        using var forge = new TokenForge(exchange, _clock);
        var expired = forge.Mint("loom", claims => claims["exp"] = _clock.GetUtcNow().ToUnixTimeSeconds() - 70);
        await exchange.StopIdentityAsync();

        Assert.Equal("TOKEN_EXPIRED", (await Assert.ThrowsAsync<ExchangeException>(() => AdmitAsync(exchange, expired))).Reason.Name);
        _clock.Advance(RegisterCache.OutageAfter);
        Assert.Equal("TOKEN_EXPIRED", (await Assert.ThrowsAsync<ExchangeException>(() => AdmitAsync(exchange, expired))).Reason.Name);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await AdmitAsync(exchange, expired));

        await exchange.StartIdentityAsync();
        await exchange["mill"].Host.RefreshRegisterAsync(Cancellation);
        Assert.Equal("TOKEN_EXPIRED", (await Assert.ThrowsAsync<ExchangeException>(() => AdmitAsync(exchange, expired))).Reason.Name);
    }

    [Fact]
    public async Task Who_was_suspended_before_the_outage_stays_out_in_it()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        await ListAsync(exchange, "loom", "mill");
        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "loom" }, cancellationToken: Cancellation);
        await exchange["mill"].Host.RefreshRegisterAsync(Cancellation);
        await exchange.StopIdentityAsync();
        _clock.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal("PARTICIPANT_SUSPENDED", (await Assert.ThrowsAsync<ExchangeException>(() => ListAsync(exchange, "loom", "mill"))).Reason.Name);
    }

    [Fact]
    public async Task Tokens_of_the_old_key_and_of_the_new_one_count_after_a_rotation()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        var old = await TokensOf(exchange["loom"]).GetAsync(Cancellation);
        await exchange.Operator.RotateTokenKeyAsync(new RotateTokenKeyRequest(), cancellationToken: Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(250));

        var renewed = await TokensOf(exchange["loom"]).GetAsync(Cancellation);
        Assert.NotEqual(old.Value, renewed.Value);
        Assert.False(await AdmitAsync(exchange, old.Value));
        Assert.False(await AdmitAsync(exchange, renewed.Value));
    }

    [Fact]
    public async Task A_token_is_reused_until_a_minute_before_its_end_and_asked_for_once_at_a_time()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var tokens = TokensOf(exchange["mill"]);

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => tokens.GetAsync(Cancellation).AsTask())));
        Assert.Single(all.Distinct());
        _clock.SetUtcNow(all[0].ExpireTime - TokenSource.Margin - TimeSpan.FromSeconds(1));
        Assert.Same(all[0], await tokens.GetAsync(Cancellation));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(all[0], await tokens.GetAsync(Cancellation));
    }

    private static async Task ListAsync(TestExchange exchange, string caller, string owner)
    {
        try
        {
            var invoker = await exchange[caller].Host.Services.GetRequiredService<PeerClients>().ForAsync(owner, Cancellation);
            await new CatalogService.CatalogServiceClient(invoker).ListOffersAsync(new ListOffersRequest(), cancellationToken: Cancellation);
        }
        catch (Grpc.Core.RpcException error)
        {
            throw RpcErrors.FromRpcException(error, "node");
        }
    }

    private static TokenSource TokensOf(TestNode node) => node.Host.Services.GetRequiredService<TokenSource>();

    /// <summary>What mill decides about a token of loom: whether only the outage rule lets it in, or a refusal.</summary>
    private static Task<bool> AdmitAsync(TestExchange exchange, string token)
    {
        using var certificate = exchange["loom"].Home.LoadCertificate();
        return exchange["mill"].Host.Services.GetRequiredService<TokenValidator>().AdmitAsync(token, "loom", MutualTls.ThumbprintOf(certificate), Cancellation).AsTask();
    }
}
