using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>
/// Exact sums that this owner is in at once. What each participant told with its keys, it told before it knew of the others: had the data of one changed
/// in between, the two sums would tell how. So the stamps of everybody's data are held against each other before shares leave. In memory: after a restart
/// there is no sum under way.
/// </summary>
internal sealed class SumsAtOnce
{
    private readonly Lock _lock = new();
    private readonly List<Sum> _sums = [];
    private long _events;

    /// <summary>Ids of the cohorts of these participants whose sums of the same data are under way.</summary>
    public IReadOnlyList<byte[]> UnderWay(byte[] data, Cohort cohort)
    {
        lock (_lock)
        {
            return [.. _sums.Where(one => one.Ended is null && one.IsOf(data) && one.Cohort.Participants.SequenceEqual(cohort.Participants)).Select(one => one.Cohort.Id.ToArray())];
        }
    }

    /// <summary>Enters a sum, before this owner tells anything for it; it is under way until it is disposed of.</summary>
    /// <param name="data">See <see cref="RosterStore.DataOf"/>.</param>
    /// <param name="cohort">Whose.</param>
    public Sum Begin(byte[] data, Cohort cohort)
    {
        lock (_lock)
        {
            var sum = new Sum(this, data, cohort, ++_events);
            _sums.Add(sum);
            return sum;
        }
    }

    /// <summary>One of them.</summary>
    internal sealed class Sum(SumsAtOnce all, byte[] data, Cohort cohort, long begun) : IDisposable
    {
        private Dictionary<string, ulong> _stamps = [];

        public Cohort Cohort => cohort;

        public long? Ended { get; private set; }

        public bool IsOf(byte[] other) => data.AsSpan().SequenceEqual(other);

        /// <summary>Notes what all told, unless a sum that was under way at the same time was told otherwise. That it ended does not matter: others may open it.</summary>
        /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>; then no shares may leave.</exception>
        public void Share(IReadOnlyDictionary<int, ToldData> told)
        {
            var stamps = told.ToDictionary(one => cohort.Participants[one.Key], one => one.Value.Stamp);
            lock (all._lock)
            {
                var changed = all._sums.Where(one => one.IsOf(data) && (one.Ended is null || one.Ended > begun))
                    .SelectMany(one => one._stamps).Where(one => stamps.TryGetValue(one.Key, out var stamp) && stamp != one.Value).Select(one => one.Key).Distinct().ToList();
                if (changed.Count > 0)
                {
                    throw Reasons.RosterTooClose.Because(
                        $"The data of {string.Join(',', changed.Order(StringComparer.Ordinal))} changed between the beginnings of two sums at once: together they would tell how.", "Ask again when the other one is over.");
                }

                _stamps = stamps;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (all._lock)
            {
                Ended ??= ++all._events;
                var oldest = all._sums.Where(one => one.Ended is null).Select(one => one.Begun).DefaultIfEmpty(long.MaxValue).Min();
                all._sums.RemoveAll(one => one.Ended < oldest);
            }
        }

        private long Begun => begun;
    }
}
