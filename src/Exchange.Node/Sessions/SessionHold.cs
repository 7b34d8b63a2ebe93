using Exchange.Node.Queries;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>What a secure sum occupies at an owner while it lasts: one of its asker's slots, its time, and its place among what a decision can stop.</summary>
internal sealed class SessionHold : IDisposable
{
    private readonly IDisposable _slot;
    private readonly CancellationTokenSource _time;
    private readonly FragmentsUnderWay.Running _running;

    /// <summary>Takes over the slot.</summary>
    /// <param name="slot">Freed at the end.</param>
    /// <param name="timeMax">How long it may last.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="enter">Enters it among what runs, with the token that ends it.</param>
    public SessionHold(IDisposable slot, TimeSpan timeMax, TimeProvider time, Func<CancellationToken, FragmentsUnderWay.Running> enter)
    {
        _slot = slot;
        _time = new CancellationTokenSource(timeMax, time);
        _running = enter(_time.Token);
    }

    /// <summary>Its place among sums at once, where it has one; given up at the end.</summary>
    public SumsAtOnce.Sum? AtOnce { get; set; }

    /// <summary>Cancelled when it has to stop.</summary>
    public CancellationToken Stopped => _running.Token;

    /// <summary>Has something done when its time is over; at once where it is.</summary>
    public void WhenOver(Action end) => _time.Token.Register(end);

    /// <summary>Whether a decision about agreement or caller stopped it.</summary>
    public bool IsRefused => _running.Refusal is not null;

    /// <exception cref="ExchangeException">Why it was stopped.</exception>
    public void ThrowIfStopped()
    {
        if (_running.Refusal is { } refusal)
        {
            throw refusal;
        }

        if (_time.IsCancellationRequested)
        {
            throw Unknown();
        }
    }

    /// <summary>The refusal of what goes on with a sum that is not under way.</summary>
    public static ExchangeException Unknown() => Reasons.SessionUnknown.Because(
        "The owner holds nothing of this secure sum: it ended, took too long, or the node was started again since.", "Ask again under a new id.");

    /// <inheritdoc/>
    public void Dispose()
    {
        AtOnce?.Dispose();
        _running.Dispose();
        _time.Dispose();
        _slot.Dispose();
    }
}
