using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Signing.V1;

namespace Exchange.Node.Agreements;

/// <summary>
/// What the nodes of an owner and a consumer say to each other about one agreement. Each may fail before or after it was heard;
/// whoever says it says it again then, and whoever hears it twice answers the same. Failures are
/// <see cref="Protocol.Errors.ExchangeException"/>: the other side's refusal, or <c>UNREACHABLE</c> and the like.
/// </summary>
internal interface IAgreementPeers
{
    /// <summary>Consumer to owner: asks for an agreement. Returns it as the owner holds it.</summary>
    Task<Agreement> RequestAsync(string owner, SignedBytes terms, CancellationToken cancellationToken);

    /// <summary>Consumer to owner: takes the counter-offer. Returns the agreement as the owner holds it.</summary>
    Task<Agreement> AcceptAsync(string owner, SignedBytes terms, CancellationToken cancellationToken);

    /// <summary>Consumer to owner: says no to the counter-offer.</summary>
    Task DeclineAsync(string owner, string agreementId, string note, CancellationToken cancellationToken);

    /// <summary>Consumer to owner: where does it stand?</summary>
    Task<Agreement> GetAsync(string owner, string agreementId, CancellationToken cancellationToken);

    /// <summary>Owner to consumer: this is how it stands.</summary>
    Task NotifyAsync(string consumer, Agreement agreement, CancellationToken cancellationToken);
}
