using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;
using V1 = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Hosting;

public sealed class NodeHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_joined_node_serves_and_its_check_up_is_good()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");

        var checkup = await new V1.NodeService.NodeServiceClient(exchange["mill"].Owner).CheckNodeAsync(new CheckNodeRequest(), cancellationToken: Cancellation);

        Assert.Equal("mill", checkup.ParticipantId);
        Assert.All(checkup.Checks, check => Assert.True(check.Result is CheckResult.Ok or CheckResult.Warning, $"{check.Name}: {check.Message}"));
    }
}
