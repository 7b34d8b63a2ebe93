using System.Net;
using System.Net.Sockets;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Hosting;

public sealed class NodeHostTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_joined_node_serves_and_its_check_up_is_good()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");

        var checkup = await CheckAsync(exchange["mill"]);

        Assert.Equal("mill", checkup.ParticipantId);
        Assert.All(checkup.Checks, check => Assert.True(check.Result == CheckResult.Ok || check.Name == "disk", $"{check.Name}: {check.Message}"));
        Assert.Equal(
            ["home", "certificate", "identity server", "clock", "register", "membership", "endpoint", "disk", "engines", "state", "access log", "log key", "agreements"],
            checkup.Checks.Select(check => check.Name));
    }

    [Fact]
    public async Task A_check_up_names_what_is_wrong_and_what_to_do()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var home = exchange["mill"].Home;
        File.SetUnixFileMode(home.RegisterFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await exchange.StopIdentityAsync();
        _clock.Advance(TimeSpan.FromDays(25));

        var checkup = await CheckAsync(exchange["mill"]);

        Assert.Equal(["home", "certificate", "identity server", "register"], checkup.Checks.Where(check => check.Result != CheckResult.Ok && check.Name != "disk").Select(check => check.Name));
        Assert.All(checkup.Checks, check => Assert.Equal(check.Result == CheckResult.Ok, check.Action.Length == 0));
    }

    [Fact]
    public async Task The_bound_port_is_registered_and_told_to_the_owners_programs()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill", "loom");
        var mill = exchange["mill"];

        Assert.Equal(mill.Host.Endpoint, RunningProcess.Load(mill.Home)!.Endpoint);
        Assert.Equal(mill.Host.Endpoint, RegisterOf(exchange["loom"]).Current.Find("mill")!.Endpoint);

        await mill.StopAsync();
        Assert.Null(RunningProcess.Load(mill.Home));
        await mill.StartAsync(Cancellation);
        await exchange.RefreshAsync();
        Assert.Equal(mill.Host.Endpoint, RegisterOf(exchange["loom"]).Current.Find("mill")!.Endpoint);
    }

    [Fact]
    public async Task A_node_starts_in_an_outage_and_registers_its_endpoint_afterwards()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var mill = exchange["mill"];
        await mill.StopAsync();
        await exchange.StopIdentityAsync();

        await mill.StartAsync(Cancellation);
        Assert.Equal("mill", (await CheckAsync(mill)).ParticipantId);
        Assert.Equal(DateTimeOffset.MinValue, RegisterOf(mill).LastFetch);

        await exchange.StartIdentityAsync();
        var changed = new TaskCompletionSource();
        RegisterOf(mill).Changed += view => _ = view.Find("mill")!.Endpoint == mill.Host.Endpoint && changed.TrySetResult();
        _clock.Advance(RegisterPolling.Interval);
        await changed.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task A_home_in_use_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");

        await RefusedAsync("HOME_IN_USE", exchange["mill"].Home);
        Assert.Equal("mill", (await CheckAsync(exchange["mill"])).ParticipantId);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_and_the_home_is_free_again()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        var mill = exchange["mill"];
        await mill.StopAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var settings = HomeSettings.Load(mill.Home);
        settings.Listen = taken.LocalEndpoint.ToString()!;
        settings.Save(mill.Home);

        await RefusedAsync("PORT_IN_USE", mill.Home);
        Assert.Null(RunningProcess.Load(mill.Home));
        taken.Stop();
        await mill.StartAsync(Cancellation);
    }

    [Fact]
    public async Task A_home_of_another_kind_or_of_another_participant_is_refused()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        await exchange["mill"].StopAsync();

        await RefusedAsync("HOME_MISMATCH", exchange.IdentityHome);
        var settings = HomeSettings.Load(exchange["mill"].Home);
        settings.Participant = "loom";
        settings.Save(exchange["mill"].Home);
        await RefusedAsync("HOME_MISMATCH", exchange["mill"].Home);
    }

    [Fact]
    public async Task An_address_that_cannot_be_bound_is_named()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        var mill = exchange["mill"];
        await mill.StopAsync();
        var settings = HomeSettings.Load(mill.Home);
        settings.Listen = "192.0.2.1:7443";
        settings.Save(mill.Home);

        await RefusedAsync("SETTINGS_INVALID", mill.Home);
    }

    private static async Task<CheckNodeResponse> CheckAsync(TestNode node) =>
        await new V1.NodeService.NodeServiceClient(node.Owner).CheckNodeAsync(new CheckNodeRequest(), cancellationToken: Cancellation);

    private static RegisterCache RegisterOf(TestNode node) => node.Host.Services.GetRequiredService<RegisterCache>();

    private static async Task RefusedAsync(string reason, Home home) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<ExchangeException>(() => NodeHost.StartAsync(home, new NodeHostOptions(), Cancellation))).Reason.Name);
}
