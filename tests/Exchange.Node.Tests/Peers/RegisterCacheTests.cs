using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Tests.Support;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Peers;

public sealed class RegisterCacheTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_register_on_disk_is_used_at_a_start_without_identity_server()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        var version = RegisterOf(exchange["mill"]).Current.Snapshot.Version;
        await exchange["mill"].StopAsync();
        await exchange.StopIdentityAsync();
        await exchange["mill"].StartAsync(Cancellation);

        Assert.Equal(version, RegisterOf(exchange["mill"]).Current.Snapshot.Version);
        Assert.NotNull(RegisterOf(exchange["mill"]).Current.Find("loom"));
        Assert.True(RegisterOf(exchange["mill"]).IsIdentityOut);
    }

    [Fact]
    public async Task A_register_on_disk_that_the_operator_did_not_sign_counts_for_nothing()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var mill = exchange["mill"];
        await mill.StopAsync();
        await exchange.StopIdentityAsync();
        var signed = SignedBytes.Parser.ParseFrom(await File.ReadAllBytesAsync(mill.Home.RegisterFile, Cancellation));
        var forged = RegisterSnapshot.Parser.ParseFrom(signed.Payload);
        forged.Participants.Add(new Participant { Id = "intruder", Status = ParticipantStatus.Active });
        signed.Payload = forged.ToByteString();
        mill.Home.WritePrivate(mill.Home.RegisterFile, signed.ToByteArray());

        await mill.StartAsync(Cancellation);
        Assert.Null(RegisterOf(mill).Current.Find("intruder"));
        Assert.Empty(RegisterOf(mill).Current.Snapshot.Participants);
    }

    [Fact]
    public async Task An_identity_server_that_went_back_in_time_is_not_followed()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var mill = exchange["mill"];
        await mill.StopAsync();
        using var operatorKey = SigningKey.FromSeed(await File.ReadAllBytesAsync(Path.Combine(exchange.IdentityHome.Path, "keys", "operator.key"), Cancellation));
        var newer = new RegisterSnapshot { Version = 1_000_000, Issuer = exchange.Identity.Endpoint + "/" };
        mill.Home.WritePrivate(mill.Home.RegisterFile, SignedMessage.Sign(SignedMessage.Register, newer, operatorKey).ToByteArray());
        await mill.StartAsync(Cancellation);

        Assert.Equal("REGISTER_INVALID", (await Assert.ThrowsAsync<ExchangeException>(() => RegisterOf(mill).RefreshAsync(Cancellation))).Reason.Name);
        Assert.Equal(1_000_000, RegisterOf(mill).Current.Snapshot.Version);
    }

    [Fact]
    public async Task What_is_missing_is_looked_up_at_once_and_not_more_than_once_a_second()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var register = RegisterOf(exchange["mill"]);

        await exchange.InviteAsync("first");
        await register.RefreshOnDemandAsync(Cancellation);
        Assert.NotNull(register.Current.Find("first"));

        await exchange.InviteAsync("second");
        await register.RefreshOnDemandAsync(Cancellation);
        Assert.Null(register.Current.Find("second"));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await register.RefreshOnDemandAsync(Cancellation);
        Assert.NotNull(register.Current.Find("second"));
    }

    [Fact]
    public async Task A_look_up_in_an_outage_fails_nobody()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        await exchange.StopIdentityAsync();

        await RegisterOf(exchange["mill"]).RefreshOnDemandAsync(Cancellation);
        Assert.Equal("UNREACHABLE", (await Assert.ThrowsAsync<ExchangeException>(() => RegisterOf(exchange["mill"]).RefreshAsync(Cancellation))).Reason.Name);
    }

    private static RegisterCache RegisterOf(TestNode node) => node.Host.Services.GetRequiredService<RegisterCache>();
}
