using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Tests.Support;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>Questions past the asker's own checks, with its certificate, token and signature.</summary>
internal static class HandMade
{
    /// <summary>Asks one owner for a count of rows, changed as the test wants it.</summary>
    public static async Task<RunFragmentResponse> SendAsync(TestNode asker, string owner, string agreement, string product, Action<JointQuery> change)
    {
        var services = asker.Host.Services;
        var query = new JointQuery
        {
            QueryId = Identifiers.NewId(),
            Asker = asker.Id,
            Purpose = "research",
            CreateTime = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()),
            Fragment = new Fragment
            {
                Product = product,
                ProductHash = ByteString.CopyFrom(services.GetRequiredService<RegisterCache>().Current.Products[product].Hash),
                Aggregates = { new Aggregate { Kind = AggregateKind.CountRows } },
            },
        };
        change(query);
        var invoker = await services.GetRequiredService<PeerClients>().ForAsync(owner, TestContext.Current.CancellationToken);
        return await new FragmentService.FragmentServiceClient(invoker).RunFragmentAsync(
            new RunFragmentRequest { Query = SignedMessage.Sign(SignedMessage.Query, query, services.GetRequiredService<NodeIdentity>().SigningKey), AgreementId = agreement },
            cancellationToken: TestContext.Current.CancellationToken);
    }
}
