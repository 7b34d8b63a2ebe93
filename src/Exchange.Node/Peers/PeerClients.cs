using Grpc.Core;

namespace Exchange.Node.Peers;

/// <summary>Connections to other nodes and the identity server: mutual TLS, bearer token on every call to a node, reused.</summary>
internal sealed class PeerClients
{
    /// <summary>Calls that participant's node. Make a generated client of it: <c>new FragmentService.FragmentServiceClient(invoker)</c>.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>UNREACHABLE</c> when the register has no endpoint for it, or no token is to be had.</exception>
    public Task<CallInvoker> ForAsync(string participantId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Calls the identity server with this node's certificate.</summary>
    public CallInvoker Identity => throw new NotImplementedException();
}
