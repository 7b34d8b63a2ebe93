using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;

namespace Exchange.Client.Audit;

/// <summary>One participant's log as it was read. Its findings say what of it does not hold.</summary>
public sealed class AuditedLog
{
    internal AuditedLog(string participant) => Participant = participant;

    /// <summary>Whose.</summary>
    public string Participant { get; }

    /// <summary>The newest head whose signature holds; null when there is none, because the log is empty, out of reach or not signed.</summary>
    public TreeHead? Head { get; internal set; }

    /// <summary>The note that signs it.</summary>
    public byte[]? Checkpoint { get; internal set; }

    /// <summary>Why it could not be read; null when it was.</summary>
    public string? Unreachable { get; internal set; }

    /// <summary>Whether entries were read: the reader is its owner or an auditor. Otherwise hashes alone were.</summary>
    public bool HasEntries { get; internal set; }

    /// <summary>The entries, ordered by position; those that cannot be read are left out.</summary>
    public IReadOnlyList<LogLeaf> Leaves => LeafList;

    /// <summary>Entries that were read before the logs of others were read once more: what they refer to must be there by now.</summary>
    internal int SettledCount { get; set; }

    internal List<LogLeaf> LeafList { get; } = [];

    internal List<AuditFinding> Findings { get; } = [];

    internal LeafHashes Hashes { get; set; } = new();

    /// <summary>What the log was found to contradict, with the evidence that shows it to anybody.</summary>
    internal List<MisbehaviourProof> Proofs { get; } = [];

    /// <summary>Each <c>query.asked</c> with no <c>query.received</c> of its question behind it.</summary>
    internal IReadOnlyList<LogLeaf> Unfinished()
    {
        var open = new Dictionary<string, LogLeaf>(StringComparer.Ordinal);
        foreach (var leaf in Leaves.Where(leaf => leaf.QueryId is not null))
        {
            if (leaf.Event == "query.asked")
            {
                open[leaf.QueryId!] = leaf;
            }
            else if (leaf.Event == "query.received")
            {
                open.Remove(leaf.QueryId!);
            }
        }

        return [.. open.Values.OrderBy(leaf => leaf.Seq)];
    }

    internal void Find(AuditCheck check, long? seq, string message) => Findings.Add(new AuditFinding(check, Participant, seq, message));
}
