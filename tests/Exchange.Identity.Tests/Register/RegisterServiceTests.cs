using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Identity.V1;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Register;

public class RegisterServiceTests
{
    [Fact]
    public async Task The_register_is_signed_and_grows_with_every_change()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var first = await exchange.ReadRegisterAsync(member);

        await exchange.InviteAsync("firm-a");
        var second = await exchange.ReadRegisterAsync(member);

        Assert.Equal(first.Version + 1, second.Version);
        Assert.Equal(exchange.Server.Endpoint + "/", second.Issuer);
        Assert.Equal(["firm-a", "uni"], second.Participants.Select(participant => participant.Id));
        Assert.Equal(ParticipantStatus.Invited, second.Participants[0].Status);
        Assert.Equal(exchange.Clock.GetUtcNow(), second.IssuedTime.ToDateTimeOffset());
        Assert.Single(second.TokenKeys);
    }

    [Fact]
    public async Task Who_has_the_newest_register_gets_none()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var known = (await exchange.ReadRegisterAsync(member)).Version;
        var client = exchange.Register(member.Certificate);

        Assert.Null((await client.GetRegisterAsync(new GetRegisterRequest { KnownVersion = known }, cancellationToken: Cancellation)).Register);
        Assert.NotNull((await client.GetRegisterAsync(new GetRegisterRequest { KnownVersion = known - 1 }, cancellationToken: Cancellation)).Register);
        Assert.NotNull((await client.GetRegisterAsync(new GetRegisterRequest { KnownVersion = known + 1 }, cancellationToken: Cancellation)).Register);
    }

    [Fact]
    public async Task The_version_survives_a_restart()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var before = await exchange.ReadRegisterAsync(member);

        await exchange.RestartAsync();

        Assert.Equal(before.Version, (await exchange.ReadRegisterAsync(member)).Version);
    }

    [Fact]
    public async Task Only_active_members_read_the_register()
    {
        await using var exchange = await StartAsync();
        await using var stranger = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var impostor = await stranger.JoinAsync("uni");
        var witness = await exchange.JoinAsync("firm-a");
        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);

        Assert.Equal("CERTIFICATE_MISSING", await ReasonOf(exchange.Register(null).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation)));
        Assert.Equal("CERTIFICATE_REFUSED", await ReasonOf(exchange.Register(impostor.Certificate).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation)));
        Assert.Equal("CERTIFICATE_REFUSED", await ReasonOf(exchange.Register(exchange.Own).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation)));
        Assert.Equal("PARTICIPANT_SUSPENDED", await ReasonOf(exchange.Register(member.Certificate).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation)));
        var seen = (await exchange.ReadRegisterAsync(witness)).Participants.Single(participant => participant.Id == "uni");
        Assert.Equal(ParticipantStatus.Suspended, seen.Status);
        Assert.Equal(2, seen.Keys.Count);
    }

    [Fact]
    public async Task A_node_tells_where_it_listens()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var client = exchange.Register(member.Certificate);
        var request = new UpdateEndpointRequest { Endpoint = "https://127.0.0.1:7443", PublicEndpoint = "https://data.example.org:443" };

        var version = (await client.UpdateEndpointAsync(request, cancellationToken: Cancellation)).RegisterVersion;
        var again = (await client.UpdateEndpointAsync(request, cancellationToken: Cancellation)).RegisterVersion;

        Assert.Equal(version, again);
        var listed = Assert.Single((await exchange.ReadRegisterAsync(member)).Participants);
        Assert.Equal((request.Endpoint, request.PublicEndpoint), (listed.Endpoint, listed.PublicEndpoint));
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("https://127.0.0.1")]
    [InlineData("http://127.0.0.1:80")]
    [InlineData("https://user@127.0.0.1:7443")]
    [InlineData("https://127.0.0.1:7443/path")]
    [InlineData("https://127.0.0.1:7443?x=1")]
    [InlineData("https://127.0.0.1:70000")]
    [InlineData("127.0.0.1:7443")]
    public async Task An_endpoint_of_another_form_is_refused(string endpoint)
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");

        Assert.Equal("INVALID_REQUEST", await ReasonOf(exchange.Register(member.Certificate).UpdateEndpointAsync(
            new UpdateEndpointRequest { Endpoint = endpoint }, cancellationToken: Cancellation)));
    }
}
