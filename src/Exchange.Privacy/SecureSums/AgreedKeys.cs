using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// What a participant keeps of round 1 for further questions to the very participants that sent keys: with each of the others a secret that
/// neither the relay nor a third participant knows. All keys of a question are derived from it with the cohort's id and tell nothing of
/// it; what is opened of a question, be it a seed or a mask, is of that question alone. So nothing has to be agreed anew after a drop-out.
/// Who gets hold of these bytes while they live can open the participant's own values in the session's questions; a host bounds that time.
/// Kept in memory only. For several threads at once, as several questions may be.
/// </summary>
public sealed class AgreedKeys : IDisposable
{
    /// <summary>Most questions of a session.</summary>
    public const int QuestionsMax = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Public, byte[] Shared)> _others = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = [];
    private readonly byte[] _public;

    internal AgreedKeys(Cohort cohort, int self, AgreementKey key, KeysView view, RosterAtoms atoms)
    {
        Atoms = RosterAtoms.Of(view.Senders.Select(sender => (int)atoms.Bytes.Span[sender]));
        (Participant, _public, Digest) = (cohort.Participants[self], key.Public, view.Digest);
        foreach (var other in view.Senders.Where(other => other != self))
        {
            var otherPublic = view.Key(other).ToArray();
            _others.Add(cohort.Participants[other], (otherPublic, key.Agree(otherPublic)));
        }
    }

    /// <summary>Whose.</summary>
    public string Participant { get; }

    /// <summary>SHA-256 of everybody's signed keys: two who agreed on the same keys have the same, and nothing else opens between them.</summary>
    internal byte[] Digest { get; }

    /// <summary>The atoms of those who agreed on keys, which are the cohort of every further question.</summary>
    internal RosterAtoms Atoms { get; }

    /// <summary>
    /// Whether a question can do with these keys. Its cohort is those who agreed on them, nobody less, and what this participant would tell of earlier
    /// sums of the question's data is the whole cohort in the atoms that were told when the keys were agreed on: where everybody finds the same, all tell
    /// the same, and <see cref="RosterRule.Join"/> would give just these.
    /// </summary>
    /// <param name="cohort">Of the question.</param>
    /// <param name="earlier">The largest roster within the cohort that this participant was in, in sums of the same data.</param>
    public bool Fit(Cohort cohort, RosterAtoms earlier)
    {
        lock (_lock)
        {
            return cohort.Count == _others.Count + 1 && cohort.Participants.All(one => one == Participant || _others.ContainsKey(one))
                && Atoms.Equals(earlier) && Atoms.IsEnoughOfEach(Atoms.Members, cohort.SurvivorsMin, notCounted: -1) && _used.Count < QuestionsMax;
        }
    }

    /// <summary>Wipes the secrets.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, shared) in _others.Values)
            {
                CryptographicOperations.ZeroMemory(shared);
            }

            _others.Clear();
        }
    }

    /// <summary>The keys with these others for a cohort, once: masks that stood in two sums would give the difference of the values.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/>.</exception>
    internal Dictionary<int, PairKeys> Use(Cohort cohort, int self, ParticipantSet participants)
    {
        lock (_lock)
        {
            if (_others.Count == 0 || _used.Count >= QuestionsMax || !_used.Add(Convert.ToHexString(cohort.Id)))
            {
                throw new SecureSumException(SecureSumFault.OutOfTurn, "The keys were used for this secure sum before, or for as many as a session has, or are wiped.");
            }

            return participants.Where(other => other != self).ToDictionary(other => other, other => With(cohort, self, other));
        }
    }

    /// <summary>The keys with one other for a cohort.</summary>
    internal PairKeys With(Cohort cohort, int self, int other)
    {
        var (otherPublic, shared) = _others[cohort.Participants[other]];
        return AgreementKey.Derive(shared, cohort.Id, (self, _public), (other, otherPublic));
    }
}
