using Exchange.Protocol.Homes;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Benchmarks;

/// <summary>A bare gRPC server per owner of a cluster, with the same mutual TLS, a token of the same length, and requests and replies of the same size.</summary>
/// <param name="servers">One per node.</param>
/// <param name="request">What each is asked.</param>
/// <param name="owners">What each does for a question; empty where they do nothing.</param>
internal sealed class BareFleet(IReadOnlyList<BareServer> servers, RunFragmentRequest request, IReadOnlyList<OwnersLeast> owners) : IAsyncDisposable
{
    private const int TokenLength = 900;

    // An answer of one cell, and its salt.
    private const int AnswerBytes = 150;

    /// <summary>Starts the servers.</summary>
    /// <param name="cluster">Whose owners they stand for.</param>
    /// <param name="sample">An answer of one cell, for the sizes.</param>
    /// <param name="owners">What each does; empty for nothing.</param>
    /// <param name="cancellationToken">Stops the starting.</param>
    public static async Task<BareFleet> StartAsync(BenchCluster cluster, RunQueryResponse sample, IReadOnlyList<OwnersLeast> owners, CancellationToken cancellationToken)
    {
        var asker = Home.Open(cluster.AskerHome);
        var servers = new List<BareServer>();
        var replyBytes = AnswerBytes + sample.Coverage[0].Receipt.CalculateSize();
        foreach (var home in cluster.OwnerHomes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Action? work = owners.Count > 0 ? owners[servers.Count].Answer : null;
            servers.Add(await BareServer.StartAsync(Home.Open(home), asker, replyBytes, "Bearer " + new string('t', TokenLength), work).ConfigureAwait(false));
        }

        return new BareFleet(servers, new RunFragmentRequest { Query = sample.Query, AgreementId = new string('a', 26) }, owners);
    }

    /// <summary>Asks them all at once.</summary>
    public Task AskAllAsync() => Task.WhenAll(servers.Select(async (server, index) =>
    {
        await server.AskAsync(request).ConfigureAwait(false);
        if (owners.Count > 0 && !owners[index].Receive())
        {
            throw new InvalidOperationException("A signature just made does not hold.");
        }
    }));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var owner in owners)
        {
            owner.Dispose();
        }
    }
}
