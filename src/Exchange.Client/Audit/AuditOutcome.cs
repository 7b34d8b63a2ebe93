namespace Exchange.Client.Audit;

/// <summary>What an audit found.</summary>
/// <param name="Logs">The logs, ordered by participant.</param>
/// <param name="ReceiptCount">Receipts that were looked for.</param>
public sealed record AuditOutcome(IReadOnlyList<AuditedLog> Logs, int ReceiptCount)
{
    /// <summary>Failed checks, by participant and leaf.</summary>
    public IReadOnlyList<AuditFinding> Findings { get; } =
        [.. Logs.SelectMany(log => log.Findings).Distinct().OrderBy(finding => finding.Participant, StringComparer.Ordinal).ThenBy(finding => finding.Seq ?? long.MaxValue)];

    /// <summary>Sentences on what could not be read or not be checked. Nothing is known about it.</summary>
    public IReadOnlyList<string> Unchecked { get; } = [.. Logs.Where(log => log.Unreachable is not null).Select(log => log.Unreachable!)];

    /// <summary>
    /// Questions of which their asker's log has no outcome, by participant and leaf: under way, or cut off when the asker's node or its
    /// connection died. No failed check: what owners answered to them is in the owners' logs.
    /// </summary>
    public IReadOnlyList<LogLeaf> Unfinished { get; } = [.. Logs.SelectMany(log => log.Unfinished())];

    /// <summary>Logs of which only hashes were read, so that their entries, agreements and budgets were not checked.</summary>
    public IReadOnlyList<string> HashesOnly { get; } = [.. Logs.Where(log => log is { Head: not null, HasEntries: false }).Select(log => log.Participant)];
}
