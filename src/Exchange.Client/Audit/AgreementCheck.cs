using System.Globalization;

namespace Exchange.Client.Audit;

/// <summary>Each answer against the agreements of the same log: in force when it was given, for this consumer, purpose, product and offer.</summary>
internal static class AgreementCheck
{
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    public static void Run(AuditedLog log)
    {
        var agreements = new Dictionary<string, Standing>(StringComparer.Ordinal);
        foreach (var leaf in log.Leaves)
        {
            switch (leaf.Event)
            {
                case "agreement.finalized" when leaf.Agreement is { } id && leaf.Text("provider") == log.Participant:
                    agreements[id] = new Standing(leaf, null);
                    break;
                case "agreement.revoked" or "agreement.expired" when leaf.Agreement is { } id && agreements.TryGetValue(id, out var standing):
                    agreements[id] = standing with { Ended = leaf };
                    break;
                case "query.answered":
                    if (WrongWith(leaf, agreements) is { } wrong)
                    {
                        log.Find(AuditCheck.Agreements, leaf.Seq, string.Create(CultureInfo.InvariantCulture, $"The answer in leaf {leaf.Seq} to {leaf.Consumer} {wrong}."));
                    }

                    break;
            }
        }
    }

    private static string? WrongWith(LogLeaf answer, Dictionary<string, Standing> agreements)
    {
        if (answer.Agreement is not { } id || !agreements.TryGetValue(id, out var standing))
        {
            return "stands on no agreement that the log has as finalized before it";
        }

        var agreed = standing.Finalized;
        if (agreed.Text("consumer") != answer.Consumer || agreed.Purpose != answer.Purpose || agreed.Product != answer.Product || agreed.Offer != answer.Offer)
        {
            return $"is of another consumer, purpose, product or offer than its agreement in leaf {agreed.Seq.ToString(CultureInfo.InvariantCulture)}";
        }

        // A node looks at the agreement once more in the transaction that logs the answer, so the order of leaves decides.
        if (standing.Ended is { } ended)
        {
            return $"was given after its agreement had ended in leaf {ended.Seq.ToString(CultureInfo.InvariantCulture)}";
        }

        return MomentOf(agreed, "until") is { } until && answer.Time > until + ClockSkewMax ? "was given after the end of its agreement"
            : MomentOf(agreed, "from") is { } from && answer.Time < from - ClockSkewMax ? "was given before the beginning of its agreement"
            : null;
    }

    private static DateTimeOffset? MomentOf(LogLeaf leaf, string member) =>
        DateTimeOffset.TryParse(leaf.Text(member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;

    private sealed record Standing(LogLeaf Finalized, LogLeaf? Ended);
}
