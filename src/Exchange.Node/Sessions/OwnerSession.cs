using Exchange.Node.Queries;
using Exchange.Privacy.SecureSums;

namespace Exchange.Node.Sessions;

/// <summary>
/// A secure sum at one of its owners, from the first round to the last. All of it is in memory alone: after a restart it is gone, which costs the
/// cohort a drop-out, and never is there a second one of the same cohort.
/// </summary>
internal sealed class OwnerSession(SessionHold hold, AdmittedFragment admitted, CohortKeys keys, SumPlan plan, OwnValues values, SumParticipant participant, bool isFurther, DecisionEntry entry)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isOver;
    private int _isDisposed;

    public AdmittedFragment Admitted => admitted;

    public CohortKeys Keys => keys;

    public Cohort Cohort => keys.Cohort;

    public OwnValues Values => values;

    public SumPlan Plan => plan;

    /// <summary>In <c>table</c>, how the members' tables divide their rows.</summary>
    public CohortTables? Tables { get; init; }

    /// <summary>In <c>checked</c>, its place among sums that are under way at once; the hold ends it.</summary>
    public SumsAtOnce.Sum? AtOnce { get; init; }

    public SumParticipant Participant { get; private set; } = participant;

    /// <summary>Whether it goes on with keys that were agreed on in an earlier sum.</summary>
    public bool IsFurther { get; private set; } = isFurther;

    /// <summary>Whether a decision about agreement or caller stopped it.</summary>
    public bool IsRefused => hold.IsRefused;

    /// <summary>What is known of the question, for the leaf of every decision about it.</summary>
    public DecisionEntry Entry => entry;

    /// <summary>What this owner told of earlier sums of the same data.</summary>
    public required RosterAtoms Earlier { get; init; }

    /// <summary>Over whom the sum is, once this owner signed it.</summary>
    public RosterAtoms? Survivors { get; set; }

    /// <summary>The owner's values as they go into the sum.</summary>
    public SumInput Input() => values.Input(Cohort);

    /// <summary>Begins a further question anew.</summary>
    /// <exception cref="SecureSumException">It is none, or its values have left.</exception>
    public RoundMessage Renew()
    {
        Participant = Participant.WithoutAgreedKeys();
        IsFurther = false;
        return Participant.Begin();
    }

    /// <summary>Runs a round when no other runs.</summary>
    /// <exception cref="Protocol.Errors.ExchangeException">Why the session was stopped, or what the round refuses.</exception>
    public async Task<T> RoundAsync<T>(Func<Task<T>> round, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            hold.ThrowIfStopped();
            return _isOver ? throw SessionHold.Unknown() : await round().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
            if (_isOver)
            {
                Dispose();
            }
        }
    }

    /// <summary>Ends it: its secrets are forgotten as soon as no round runs.</summary>
    public void End()
    {
        _isOver = true;
        if (_turn.Wait(0))
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            Participant.Dispose();
            hold.Dispose();
        }
    }
}
