using System.Globalization;

namespace Exchange.Client.Audit;

/// <summary>
/// Both sides' logs laid side by side. What an asker's log says it holds must stand in the owner's at that very position; what an
/// owner's log says it answered must stand in the asker's; and an agreement must have the same terms in both.
/// </summary>
/// <remarks>
/// An asker's node logs a question before anything of it leaves, so an answer to a question that the asker's log has not is a failed
/// check. A question without an outcome is none: the asker's node, or its connection, may have died on the way. It is named as unfinished.
/// </remarks>
internal static class Crosscheck
{
    /// <summary>The asker's entry follows the owner's by the question's deadline at most.</summary>
    private static readonly TimeSpan UnderWayMax = TimeSpan.FromMinutes(11);

    public static void Run(IReadOnlyDictionary<string, AuditedLog> logs, DateTimeOffset now)
    {
        foreach (var log in logs.Values.Where(log => log.HasEntries))
        {
            foreach (var leaf in log.Leaves.Take(log.SettledCount))
            {
                foreach (var part in leaf.Received())
                {
                    OfAsker(log, leaf, part, logs);
                }
            }
        }

        var asked = logs.Values.Where(log => log.HasEntries).ToDictionary(log => log.Participant, AskedOf, StringComparer.Ordinal);
        foreach (var log in logs.Values.Where(log => log.HasEntries))
        {
            foreach (var leaf in log.Leaves)
            {
                OfOwner(log, leaf, asked, now);
                Terms(log, leaf, logs);
            }
        }
    }

    private static void OfAsker(AuditedLog asker, LogLeaf leaf, ReceivedPart part, IReadOnlyDictionary<string, AuditedLog> logs)
    {
        if (part is not { Seq: { } seq, LeafHash: { } hash } || !logs.TryGetValue(part.Owner, out var owner) || owner.Head is null)
        {
            return;
        }

        if (seq < 0 || seq >= owner.Hashes.Size)
        {
            owner.Find(AuditCheck.Crosscheck, seq, Invariant($"The log of {asker.Participant} has in leaf {leaf.Seq} a receipt for leaf {seq}, and the log has no such leaf."));
        }
        else if (owner.Hashes[seq] != hash)
        {
            owner.Find(AuditCheck.Crosscheck, seq, Invariant($"The log of {asker.Participant} has in leaf {leaf.Seq} a receipt for another leaf {seq} than the one that stands there."));
        }
        else if (owner.HasEntries && Find(owner, seq) is { } theirs
            && (theirs.Consumer != asker.Participant || (part.Status == "answered") != (theirs.Event == "query.answered") || (theirs.QueryId ?? leaf.QueryId) != leaf.QueryId))
        {
            asker.Find(AuditCheck.Crosscheck, leaf.Seq, Invariant($"The log says in leaf {leaf.Seq} that {part.Owner} {part.Status} a question, and leaf {seq} of that owner says something else."));
        }
        else if (owner.HasEntries && part.Status == "answered" && Find(owner, seq) is { } answered && answered.Text("cohort") != leaf.Text("cohort"))
        {
            // Of a secure sum both sides name the cohort; of other answers neither does.
            asker.Find(AuditCheck.Crosscheck, leaf.Seq, Invariant($"The log says in leaf {leaf.Seq} that {part.Owner} answered for one cohort, and leaf {seq} of that owner names another."));
        }
    }

    private static void OfOwner(AuditedLog owner, LogLeaf leaf, Dictionary<string, Dictionary<string, string?>> asked, DateTimeOffset now)
    {
        if (leaf is not { Event: "query.answered", Consumer: { } consumer, QueryId: { } query } || !asked.TryGetValue(consumer, out var theirs) || now - leaf.Time < UnderWayMax)
        {
            return;
        }

        if (!theirs.TryGetValue(query, out var hash))
        {
            owner.Find(AuditCheck.Crosscheck, leaf.Seq, Invariant($"Leaf {leaf.Seq} answers a question of {consumer}, whose own log has no such question."));
        }
        else if (hash != leaf.Text("query_hash"))
        {
            owner.Find(AuditCheck.Crosscheck, leaf.Seq, Invariant($"Leaf {leaf.Seq} answers another question than the log of {consumer} has under this id."));
        }
    }

    private static void Terms(AuditedLog owner, LogLeaf leaf, IReadOnlyDictionary<string, AuditedLog> logs)
    {
        if (leaf is not { Event: "agreement.finalized", Agreement: { } id } || leaf.Text("provider") != owner.Participant
            || leaf.Text("consumer") is not { } consumer || consumer == owner.Participant || !logs.TryGetValue(consumer, out var other) || !other.HasEntries)
        {
            return;
        }

        if (!other.Leaves.Any(theirs => theirs.Agreement == id && theirs.Text("terms_hash") == leaf.Text("terms_hash")
            && theirs.Event is "agreement.requested" or "agreement.accepted" or "agreement.finalized"))
        {
            owner.Find(AuditCheck.Crosscheck, leaf.Seq, Invariant($"Leaf {leaf.Seq} finalizes an agreement whose terms the log of {consumer} neither requested nor accepted."));
        }
    }

    private static Dictionary<string, string?> AskedOf(AuditedLog log)
    {
        var asked = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var leaf in log.Leaves.Where(leaf => leaf is { Event: "query.asked", QueryId: not null }))
        {
            asked[leaf.QueryId!] = leaf.Text("query_hash");
        }

        return asked;
    }

    // Entries that cannot be read are left out, so the position in the list is at most that in the log.
    private static LogLeaf? Find(AuditedLog log, long seq)
    {
        for (var i = (int)Math.Min(seq, log.Leaves.Count - 1); i >= 0 && log.Leaves[i].Seq >= seq; i--)
        {
            if (log.Leaves[i].Seq == seq)
            {
                return log.Leaves[i];
            }
        }

        return null;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
