using Exchange.Privacy.SecureSums;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>
/// The asker's memory of cohorts whose members agreed on keys in a sum that all of them were in, and may still keep them (<see cref="KeptKeys"/>). It holds
/// no secret, and where it is wrong the owners answer with new keys.
/// </summary>
internal sealed class AgreedCohorts(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ByteString CohortId, DateTimeOffset Until)> _agreed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>Id of the cohort in whose sum these agreed on keys; empty for none.</summary>
    public ByteString Find(Cohort cohort)
    {
        lock (_lock)
        {
            return _agreed.TryGetValue(NameOf(cohort), out var agreed) && agreed.Until > time.GetUtcNow() ? agreed.CohortId : ByteString.Empty;
        }
    }

    /// <summary>Notes that they agreed in the sum of this cohort.</summary>
    public void Note(Cohort cohort)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var (name, _) in _agreed.Where(one => one.Value.Until <= now).ToList())
            {
                _agreed.Remove(name);
            }

            _agreed[NameOf(cohort)] = (ByteString.CopyFrom(cohort.Id), now + KeptKeys.TimeMax);
        }
    }

    /// <summary>The next question to these agrees anew.</summary>
    public void Forget(Cohort cohort)
    {
        lock (_lock)
        {
            _agreed.Remove(NameOf(cohort));
        }
    }

    /// <summary>
    /// Waits until no other question to the same cohort agrees on keys: then this one can do with those, and owners need not hold two against each other of which
    /// not everybody knows yet. To be given back; null for one that need not, or waited too long.
    /// </summary>
    public async Task<IDisposable?> TakeTurnAsync(Cohort cohort, TimeSpan waitMax, CancellationToken cancellationToken)
    {
        if (!Find(cohort).IsEmpty)
        {
            return null;
        }

        Turn turn;
        lock (_lock)
        {
            var name = NameOf(cohort);
            turn = _turns.TryGetValue(name, out var known) ? known : _turns[name] = new Turn(this, name);
            turn.Takers++;
        }

        var isFree = false;
        try
        {
            isFree = await turn.Free.WaitAsync(waitMax, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isFree)
            {
                Leave(turn);
            }
        }

        if (isFree && Find(cohort).IsEmpty)
        {
            return turn;
        }

        if (isFree)
        {
            turn.Dispose();
        }

        return null;
    }

    private void Leave(Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Takers == 0)
            {
                _turns.Remove(turn.Name);
                turn.Free.Dispose();
            }
        }
    }

    private static string NameOf(Cohort cohort) => string.Join('\n', cohort.Participants);

    private sealed class Turn(AgreedCohorts of, string name) : IDisposable
    {
        public string Name => name;

        public SemaphoreSlim Free { get; } = new(1);

        public int Takers { get; set; }

        public void Dispose()
        {
            Free.Release();
            of.Leave(this);
        }
    }
}
