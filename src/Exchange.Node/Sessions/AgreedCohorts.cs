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

    private static string NameOf(Cohort cohort) => string.Join('\n', cohort.Participants);
}
