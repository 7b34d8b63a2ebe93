using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Grpc.Core;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Hosting;

public class IdentityServerTests
{
    [Fact]
    public async Task A_home_is_served_by_one_server_at_a_time_which_tells_where()
    {
        await using var exchange = await StartAsync();

        Assert.Equal(new RunningProcess(exchange.Server.Endpoint, Environment.ProcessId), RunningProcess.Load(exchange.Home));
        var error = await Assert.ThrowsAsync<ExchangeException>(() => IdentityServer.StartAsync(exchange.Home, exchange.Clock, Cancellation));

        Assert.Equal(Reasons.HomeInUse, error.Reason);
    }

    [Fact]
    public async Task A_taken_port_is_told_and_the_home_is_free_again()
    {
        await using var first = await StartAsync();
        var path = Path.Combine(Path.GetTempPath(), Identifiers.NewId());
        var address = new Uri(first.Server.Endpoint).Authority;
        var home = IdentityHome.Init(path, new IdentityOptions("https://" + address, address), first.Clock);
        try
        {
            var error = await Assert.ThrowsAsync<ExchangeException>(() => IdentityServer.StartAsync(home, first.Clock, Cancellation));
            Assert.Equal(Reasons.PortInUse, error.Reason);
            home.Lock().Dispose();
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public async Task A_participants_home_is_refused()
    {
        var path = Path.Combine(Path.GetTempPath(), Identifiers.NewId());
        var home = Home.Create(path);
        new HomeSettings { Kind = HomeKind.Participant }.Save(home);
        try
        {
            var error = await Assert.ThrowsAsync<ExchangeException>(() => IdentityServer.StartAsync(home, TimeProvider.System, Cancellation));
            Assert.Equal(Reasons.HomeMismatch, error.Reason);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Theory]
    [InlineData("identity.example.org", "")]
    [InlineData("https://identity.example.org", "")]
    [InlineData("https://identity.example.org:7400", "7400")]
    [InlineData("https://identity.example.org:7400", "127.0.0.1")]
    public void A_bad_address_makes_no_home(string endpoint, string listen)
    {
        var path = Path.Combine(Path.GetTempPath(), Identifiers.NewId());

        var error = Assert.Throws<ExchangeException>(() => IdentityHome.Init(path, new IdentityOptions(endpoint, listen), TimeProvider.System));

        Assert.Equal(Reasons.SettingsInvalid, error.Reason);
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public async Task Every_file_of_the_home_is_its_owners_alone()
    {
        await using var exchange = await StartAsync();
        await exchange.JoinAsync("uni");

        foreach (var file in Directory.EnumerateFiles(exchange.Home.Path, "*", SearchOption.AllDirectories))
        {
            Assert.True(File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
        }
    }

    [Fact]
    public async Task Whoever_waits_for_the_end_hears_of_it_and_the_address_is_taken_back()
    {
        var exchange = await StartAsync();
        var waiting = exchange.Server.WaitForShutdownAsync(Cancellation);

        await exchange.Server.DisposeAsync();

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Null(RunningProcess.Load(exchange.Home));
        await exchange.RestartAsync();
        await exchange.DisposeAsync();
    }

    [Fact]
    public async Task The_servers_certificate_is_renewed_at_a_start_in_its_last_two_months()
    {
        await using var exchange = await StartAsync();
        exchange.Clock.Advance(TimeSpan.FromDays(304));
        await exchange.RestartAsync();
        using var same = exchange.Home.LoadCertificate();
        exchange.Clock.Advance(TimeSpan.FromDays(2));
        await exchange.RestartAsync();
        using var renewed = exchange.Home.LoadCertificate();

        Assert.Equal(exchange.Own.SerialNumber, same.SerialNumber);
        Assert.NotEqual(exchange.Own.SerialNumber, renewed.SerialNumber);
        Assert.True(MutualTls.IsIssuedFor(renewed, exchange.Ca, Identifiers.IdentityTlsName, exchange.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_damaged_home_fails_at_the_start_and_is_free_again()
    {
        await using var exchange = await StartAsync();
        await exchange.Server.DisposeAsync();
        var key = Path.Combine(exchange.Home.Path, "keys", "operator.key");
        File.Move(key, key + ".away");

        await Assert.ThrowsAnyAsync<IOException>(() => IdentityServer.StartAsync(exchange.Home, exchange.Clock, Cancellation));

        File.Move(key + ".away", key);
        await exchange.RestartAsync();
    }

    [Fact]
    public async Task A_message_beyond_the_largest_size_is_refused()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var request = new UpdateEndpointRequest { Endpoint = new string('e', 1 << 20) };

        var error = await Assert.ThrowsAsync<RpcException>(() => exchange.Register(member.Certificate)
            .UpdateEndpointAsync(request, cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task A_hundred_join_at_once()
    {
        await using var exchange = await StartAsync();

        var members = await Task.WhenAll(Enumerable.Range(1, 100).Select(number => exchange.JoinAsync($"firm-{number}")));

        var register = await exchange.ReadRegisterAsync(members[0]);
        Assert.Equal(100, register.Participants.Count(participant => participant.Status == ParticipantStatus.Active));
    }
}
