using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Signing.V1;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Agreements;

/// <summary>Over the network.</summary>
internal sealed class AgreementPeers(PeerClients peers, TimeProvider time) : IAgreementPeers
{
    /// <summary>How long an owner's node may take.</summary>
    private static readonly TimeSpan OwnerDeadline = TimeSpan.FromSeconds(5);

    /// <summary>How long a consumer's node may take; the owner who decides waits for it.</summary>
    private static readonly TimeSpan ConsumerDeadline = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public Task<Agreement> RequestAsync(string owner, SignedBytes terms, CancellationToken cancellationToken) => CallAsync(owner, OwnerDeadline, async (client, token) =>
        (await client.RequestAgreementAsync(new RequestAgreementRequest { Terms = terms }, cancellationToken: token).ConfigureAwait(false)).Agreement ?? new Agreement(), cancellationToken);

    /// <inheritdoc/>
    public Task<Agreement> AcceptAsync(string owner, SignedBytes terms, CancellationToken cancellationToken) => CallAsync(owner, OwnerDeadline, async (client, token) =>
        (await client.AcceptAgreementAsync(new AcceptAgreementRequest { Terms = terms }, cancellationToken: token).ConfigureAwait(false)).Agreement ?? new Agreement(), cancellationToken);

    /// <inheritdoc/>
    public Task DeclineAsync(string owner, string agreementId, string note, CancellationToken cancellationToken) => CallAsync(owner, OwnerDeadline, async (client, token) =>
        await client.DeclineAgreementAsync(new DeclineAgreementRequest { AgreementId = agreementId, Note = note }, cancellationToken: token).ConfigureAwait(false), cancellationToken);

    /// <inheritdoc/>
    public Task<Agreement> GetAsync(string owner, string agreementId, CancellationToken cancellationToken) => CallAsync(owner, OwnerDeadline, async (client, token) =>
        (await client.GetAgreementAsync(new GetAgreementRequest { AgreementId = agreementId }, cancellationToken: token).ConfigureAwait(false)).Agreement ?? new Agreement(), cancellationToken);

    /// <inheritdoc/>
    public Task NotifyAsync(string consumer, Agreement agreement, CancellationToken cancellationToken) => CallAsync(consumer, ConsumerDeadline, async (client, token) =>
        await client.NotifyAgreementAsync(new NotifyAgreementRequest { Agreement = agreement }, cancellationToken: token).ConfigureAwait(false), cancellationToken);

    private Task<T> CallAsync<T>(string whom, TimeSpan limit, Func<AgreementClient, CancellationToken, Task<T>> call, CancellationToken cancellationToken) => PeerCall.RunAsync(
        $"node of {whom}", limit, time, async token => await call(new AgreementClient(await peers.ForAsync(whom, token).ConfigureAwait(false)), token).ConfigureAwait(false), cancellationToken);
}
