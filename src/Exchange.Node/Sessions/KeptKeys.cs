using Exchange.Privacy.SecureSums;

namespace Exchange.Node.Sessions;

/// <summary>
/// What this owner keeps of sums that all of a cohort were in, for further questions of the same asker to the same cohort: in memory alone, for at most
/// <see cref="TimeMax"/> after the keys were agreed on, however often they are used, and then wiped.
/// </summary>
internal sealed class KeptKeys(TimeProvider time) : IDisposable
{
    /// <summary>Who gets hold of kept keys can open this owner's values in the sums of that time.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(10);

    /// <summary>Most cohorts of one asker; the oldest makes room.</summary>
    public const int CohortsMax = 4;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Takes keys over.</summary>
    /// <param name="caller">The asker, which alone can use them.</param>
    /// <param name="keys">The cohort in whose sum they were agreed on.</param>
    /// <param name="agreed">Disposed of here.</param>
    public void Keep(string caller, CohortKeys keys, AgreedKeys agreed)
    {
        lock (_lock)
        {
            var oldest = _entries.Where(entry => entry.Caller == caller).SkipLast(CohortsMax - 1).ToList();
            oldest.ForEach(Forget);
            var entry = new Entry(caller, keys.Cohort.Id.ToArray(), keys.Digest, agreed);
            entry.Timer = time.CreateTimer(_ => Expire(entry), null, TimeMax, Timeout.InfiniteTimeSpan);
            _entries.Add(entry);
        }
    }

    /// <summary>The keys for a further question; null where there are none that fit it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="agreedIn">Id of the cohort in whose sum they were agreed on.</param>
    /// <param name="keys">The cohort of the question. Members whose signing keys changed since have to sign new ones.</param>
    /// <param name="earlier">See <see cref="AgreedKeys.Fit"/>.</param>
    public AgreedKeys? Find(string caller, ReadOnlySpan<byte> agreedIn, CohortKeys keys, RosterAtoms earlier)
    {
        lock (_lock)
        {
            foreach (var entry in _entries)
            {
                if (entry.Caller == caller && agreedIn.SequenceEqual(entry.CohortId) && entry.MembersKeys.AsSpan().SequenceEqual(keys.Digest) && entry.Agreed.Fit(keys.Cohort, earlier))
                {
                    return entry.Agreed;
                }
            }

            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _entries.ToList().ForEach(Forget);
        }
    }

    private void Expire(Entry entry)
    {
        lock (_lock)
        {
            Forget(entry);
        }
    }

    private void Forget(Entry entry)
    {
        if (_entries.Remove(entry))
        {
            entry.Timer?.Dispose();
            entry.Agreed.Dispose();
        }
    }

    private sealed class Entry(string caller, byte[] cohortId, byte[] membersKeys, AgreedKeys agreed)
    {
        public string Caller => caller;

        public byte[] CohortId => cohortId;

        public byte[] MembersKeys => membersKeys;

        public AgreedKeys Agreed => agreed;

        public ITimer? Timer { get; set; }
    }
}
