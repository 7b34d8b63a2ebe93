using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Hosting;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;

namespace Exchange.Node.Peers;

/// <summary>Connections to other nodes and the identity server: mutual TLS, bearer token on every call to a node, reused.</summary>
internal sealed class PeerClients(NodeIdentity identity, RegisterCache register, TokenSource tokens, IdentityLink link, NodeLimits limits, TimeProvider time)
    : IDisposable
{
    // One per participant of the register, so its bound is the register's.
    private readonly ConcurrentDictionary<string, Peer> _peers = new();

    /// <summary>Calls the identity server with this node's certificate.</summary>
    public CallInvoker Identity => link.Current.Invoker;

    /// <summary>Calls that participant's node. Make a generated client of it: <c>new FragmentService.FragmentServiceClient(invoker)</c>.</summary>
    /// <exception cref="ExchangeException">
    /// <c>UNREACHABLE</c> when the register has no endpoint for it, or no token is to be had; <c>PARTICIPANT_UNKNOWN</c>; <c>PARTICIPANT_SUSPENDED</c>.
    /// </exception>
    public async Task<CallInvoker> ForAsync(string participantId, CancellationToken cancellationToken)
    {
        var endpoint = EndpointOf(await FindAsync(participantId, cancellationToken).ConfigureAwait(false));
        var token = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        var certificate = identity.Certificate;
        if (_peers.TryGetValue(participantId, out var peer) && ReferenceEquals(peer.Token, token) && peer.Fits(endpoint, certificate))
        {
            return peer.Invoker;
        }

        return _peers.AddOrUpdate(participantId, _ => Connect(participantId, endpoint, certificate, token), (_, held) =>
            held.Fits(endpoint, certificate) ? held.With(token) : Connect(participantId, endpoint, certificate, token)).Invoker;
    }

    /// <summary>Ends every call and closes every connection.</summary>
    public void Dispose()
    {
        foreach (var peer in _peers.Values)
        {
            peer.Dispose();
        }
    }

    private async ValueTask<Participant> FindAsync(string participantId, CancellationToken cancellationToken)
    {
        if (register.Current.Find(participantId) is { } known && HasStarted(known))
        {
            return known;
        }

        await register.RefreshOnDemandAsync(cancellationToken).ConfigureAwait(false);
        return register.Current.Find(participantId)
            ?? throw Reasons.ParticipantUnknown.Because($"The register has no participant {participantId}.", "See `exchange catalog` for who takes part.");
    }

    private static string EndpointOf(Participant participant)
    {
        if (participant.Status == ParticipantStatus.Suspended)
        {
            throw Reasons.ParticipantSuspended.Because($"The operator has suspended {participant.Id}.", "Ask without it.");
        }

        return HasStarted(participant)
            ? participant.Endpoint
            : throw Reasons.Unreachable.Because($"The node of {participant.Id} has not started yet.", "Ask again when it runs.");
    }

    // Until its first start a node that takes any free port stands in the register with port 0, or with nothing.
    private static bool HasStarted(Participant participant) => participant.Endpoint.Length > 0 && !participant.Endpoint.EndsWith(":0", StringComparison.Ordinal);

    // A channel whose endpoint or certificate is out of date is left to finish its calls and to close for want of use.
    private Peer Connect(string participantId, string endpoint, X509Certificate2 certificate, AccessToken token)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            throw Reasons.Unreachable.Because($"The register has no usable address for {participantId}.", "Tell its owner to mend the endpoint in its settings.");
        }

        var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpClient = DirectClient.Over(MutualTls.HandlerFor(certificate, identity.Ca, Identifiers.TlsNameOf(participantId), time)),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = limits.AnswerBytesMax,
            MaxSendMessageSize = limits.MessageBytesMax,
        });
        return new Peer(endpoint, certificate, channel, channel.CreateCallInvoker(), token);
    }

    private sealed class Peer(string endpoint, X509Certificate2 certificate, GrpcChannel channel, CallInvoker invoker, AccessToken token)
        : IDisposable
    {
        public AccessToken Token { get; } = token;

        public CallInvoker Invoker { get; } = new BearerInvoker(invoker, token.Headers);

        public bool Fits(string newEndpoint, X509Certificate2 newCertificate) => endpoint == newEndpoint && ReferenceEquals(certificate, newCertificate);

        public Peer With(AccessToken newToken) => new(endpoint, certificate, channel, invoker, newToken);

        public void Dispose() => channel.Dispose();
    }
}
