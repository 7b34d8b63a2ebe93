using System.Net;
using System.Net.Sockets;
using Exchange.Node.Membership;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Membership;

public sealed class JoiningTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_makes_a_home_with_keys_certificate_and_register()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var home = await JoinAsync(exchange, await exchange.InviteAsync("mill"));

        using var certificate = home.LoadCertificate();
        using var ca = home.LoadCa();
        Assert.True(certificate.HasPrivateKey);
        Assert.True(MutualTls.IsIssuedFor(certificate, ca, Identifiers.TlsNameOf("mill"), _clock.GetUtcNow()));
        Assert.Equal("mill", HomeSettings.Load(home).Participant);
        Assert.True(File.Exists(home.RegisterFile));
        Assert.All(Directory.EnumerateFiles(home.Path, "*", SearchOption.AllDirectories), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_forged_code_is_refused_and_the_folder_can_be_used_again()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var code = EnrolmentCode.Parse(await exchange.InviteAsync("mill"));

        await RefusedAsync("ENROLMENT_CODE_INVALID", exchange, (code with { Secret = new byte[EnrolmentCode.PartBytes] }).ToString());
        Assert.Equal("HOME_MISSING", Assert.Throws<ExchangeException>(() => Home.Open(exchange.PathOf("home"))).Reason.Name);
        await JoinAsync(exchange, code.ToString());
    }

    [Fact]
    public async Task A_code_for_another_exchange_is_refused_before_anything_is_sent()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var code = EnrolmentCode.Parse(await exchange.InviteAsync("mill"));

        await RefusedAsync("EXCHANGE_MISMATCH", exchange, (code with { CaHash = new byte[EnrolmentCode.PartBytes] }).ToString());
        await RefusedAsync("EXCHANGE_MISMATCH", exchange, (code with { OperatorKeyHash = new byte[EnrolmentCode.PartBytes] }).ToString());

        // Had the secret been sent, the code would be used up.
        await JoinAsync(exchange, code.ToString());
    }

    [Fact]
    public async Task An_expired_code_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var code = await exchange.InviteAsync("mill");
        _clock.Advance(TimeSpan.FromHours(73));

        await RefusedAsync("ENROLMENT_CODE_EXPIRED", exchange, code);
    }

    [Fact]
    public async Task A_used_code_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var code = await exchange.InviteAsync("mill");
        await JoinAsync(exchange, code);

        await RefusedAsync("ENROLMENT_CODE_USED", exchange, code, "second");
    }

    [Fact]
    public async Task A_folder_that_is_a_home_is_left_alone()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        await JoinAsync(exchange, await exchange.InviteAsync("mill"));

        await RefusedAsync("HOME_NOT_EMPTY", exchange, await exchange.InviteAsync("loom"));
        Assert.Equal("mill", HomeSettings.Load(Home.Open(exchange.PathOf("home"))).Participant);
    }

    [Fact]
    public async Task What_is_no_code_or_no_address_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        await RefusedAsync("ENROLMENT_CODE_INVALID", exchange, "mill.nonsense");

        var code = await exchange.InviteAsync("mill");
        var request = new JoinRequest(exchange.PathOf("home"), exchange.Identity.Endpoint, code, "https://127.0.0.1:0", "");
        Assert.Equal("INVALID_REQUEST", await ReasonOfAsync(request with { IdentityUrl = "127.0.0.1" }));
        Assert.Equal("SETTINGS_INVALID", await ReasonOfAsync(request with { Endpoint = "127.0.0.1:7443" }));
        Assert.Equal("SETTINGS_INVALID", await ReasonOfAsync(request with { Listen = "everywhere" }));
    }

    [Fact]
    public async Task Without_an_identity_server_nothing_is_joined()
    {
        await using var exchange = await TestExchange.StartAsync(_clock);
        var code = await exchange.InviteAsync("mill");
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = $"https://{free.LocalEndpoint}";
        free.Stop();

        Assert.Equal("UNREACHABLE", await ReasonOfAsync(new JoinRequest(exchange.PathOf("home"), address, code, "https://127.0.0.1:0", "")));
    }

    private Task<Home> JoinAsync(TestExchange exchange, string code, string folder = "home") =>
        Joining.JoinAsync(new JoinRequest(exchange.PathOf(folder), exchange.Identity.Endpoint, code, "https://127.0.0.1:0", ""), _clock, Cancellation);

    private async Task RefusedAsync(string reason, TestExchange exchange, string code, string folder = "home") =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<ExchangeException>(() => JoinAsync(exchange, code, folder))).Reason.Name);

    private async Task<string> ReasonOfAsync(JoinRequest request) =>
        (await Assert.ThrowsAsync<ExchangeException>(() => Joining.JoinAsync(request, _clock, Cancellation))).Reason.Name;
}
