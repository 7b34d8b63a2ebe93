using Exchange.Node.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing.V1;

namespace Exchange.Node.Tests.Agreements;

/// <summary>How the next calls of a node go wrong.</summary>
public enum Fault
{
    /// <summary>They do not.</summary>
    None,

    /// <summary>The other side never hears them.</summary>
    Unheard,

    /// <summary>The other side does what they ask, and its answer is lost.</summary>
    Unanswered,
}

/// <summary>The switch that tests set; it outlives the nodes that look at it, so that they may be stopped and started.</summary>
internal sealed class FaultSwitch
{
    public volatile Fault Fault;
}

/// <summary>The real peers behind a line that fails as a test wants.</summary>
internal sealed class FaultyPeers(IAgreementPeers real, FaultSwitch line) : IAgreementPeers
{
    public Task<Agreement> RequestAsync(string owner, SignedBytes terms, CancellationToken cancellationToken) =>
        ThroughAsync(() => real.RequestAsync(owner, terms, cancellationToken));

    public Task<Agreement> AcceptAsync(string owner, SignedBytes terms, CancellationToken cancellationToken) =>
        ThroughAsync(() => real.AcceptAsync(owner, terms, cancellationToken));

    public Task DeclineAsync(string owner, string agreementId, string note, CancellationToken cancellationToken) => ThroughAsync(async () =>
    {
        await real.DeclineAsync(owner, agreementId, note, cancellationToken);
        return true;
    });

    public Task<Agreement> GetAsync(string owner, string agreementId, CancellationToken cancellationToken) =>
        ThroughAsync(() => real.GetAsync(owner, agreementId, cancellationToken));

    public Task NotifyAsync(string consumer, Agreement agreement, CancellationToken cancellationToken) => ThroughAsync(async () =>
    {
        await real.NotifyAsync(consumer, agreement, cancellationToken);
        return true;
    });

    private async Task<T> ThroughAsync<T>(Func<Task<T>> call)
    {
        if (line.Fault == Fault.Unheard)
        {
            throw Broken();
        }

        var answer = await call();
        return line.Fault == Fault.Unanswered ? throw Broken() : answer;
    }

    private static ExchangeException Broken() => Reasons.Unreachable.Because("The line is broken.", "Mend it.");
}
