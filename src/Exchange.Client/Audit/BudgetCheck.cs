using System.Globalization;
using System.Text.Json.Nodes;

namespace Exchange.Client.Audit;

/// <summary>
/// What a log charges against what its offers allow: each question is answered once, no consumer gets more answers in 24 hours than
/// the offer says, and the charges of a privacy budget (<c>budget.charged</c>) stay within the offer's, in each epoch of the data,
/// for each consumer and for all. Limits that an offer's leaf does not state are not checked.
/// </summary>
internal static class BudgetCheck
{
    // Charges are whole multiples of a small unit; sums in doubles are off by much less than this.
    private const double Tolerance = 1e-9;

    public static void Run(AuditedLog log)
    {
        var offers = new Dictionary<string, LogLeaf>(StringComparer.Ordinal);
        var answered = new Dictionary<(string, string), long>();
        var recent = new Dictionary<(string, string), Queue<DateTimeOffset>>();
        var charges = new Dictionary<string, LogLeaf>(StringComparer.Ordinal);
        var spent = new Dictionary<(string Product, string Epoch, string Consumer), double>();
        foreach (var leaf in log.Leaves)
        {
            switch (leaf.Event)
            {
                case "offer.set" when leaf.Offer is { } name:
                    offers[name] = leaf;
                    break;
                case "budget.charged":
                    Charge(log, leaf, offers, charges, spent);
                    break;
                case "query.answered" when leaf is { Consumer: { } consumer, QueryId: { } query }:
                    Once(log, leaf, (consumer, query), answered);
                    PerDay(log, leaf, consumer, offers, recent);
                    Charged(log, leaf, charges);
                    break;
            }
        }
    }

    private static void Once(AuditedLog log, LogLeaf leaf, (string, string) question, Dictionary<(string, string), long> answered)
    {
        if (!answered.TryAdd(question, leaf.Seq))
        {
            log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"The question in leaf {leaf.Seq} was answered already in leaf {answered[question]}."));
        }
    }

    private static void PerDay(AuditedLog log, LogLeaf leaf, string consumer, Dictionary<string, LogLeaf> offers, Dictionary<(string, string), Queue<DateTimeOffset>> recent)
    {
        if (leaf.Offer is not { } offer || !offers.TryGetValue(offer, out var terms) || terms.Number("queries_per_day") is not (> 0 and var limit))
        {
            return;
        }

        if (!recent.TryGetValue((consumer, offer), out var times))
        {
            recent.Add((consumer, offer), times = new Queue<DateTimeOffset>());
        }

        // The node's count and the leaf are made a moment apart.
        while (times.TryPeek(out var first) && first <= leaf.Time - TimeSpan.FromDays(1) + TimeSpan.FromSeconds(5))
        {
            times.Dequeue();
        }

        times.Enqueue(leaf.Time);
        if (times.Count > limit)
        {
            log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"The answer in leaf {leaf.Seq} is number {times.Count} to {consumer} in 24 hours, and the offer {offer} allows {limit}."));
        }
    }

    private static void Charge(
        AuditedLog log, LogLeaf leaf, Dictionary<string, LogLeaf> offers, Dictionary<string, LogLeaf> charges, Dictionary<(string Product, string Epoch, string Consumer), double> spent)
    {
        if (leaf is not { QueryId: { } query, Consumer: { } consumer, Product: { } product } || leaf.Decimal("rho") is not { } rho || !(rho >= 0))
        {
            log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"The charge in leaf {leaf.Seq} names no question, consumer, product or amount."));
            return;
        }

        if (!charges.TryAdd(query, leaf))
        {
            log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"The question in leaf {leaf.Seq} was charged already in leaf {charges[query].Seq}."));
        }

        var terms = offers.Values.Where(offer => offer.Product == product && offer.Text("release") == "noisy").MaxBy(offer => offer.Seq);
        foreach (var epoch in (leaf.Members["epochs"] as JsonArray)?.Select(node => (string?)node ?? "") ?? [])
        {
            Spend(consumer, "agreement_rho");
            Spend("", "rho");

            void Spend(string whose, string limitName)
            {
                var total = spent[(product, epoch, whose)] = spent.GetValueOrDefault((product, epoch, whose)) + rho;
                if (terms?.Decimal(limitName) is > 0 and var limit && total > limit * (1 + Tolerance))
                {
                    log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"With the charge in leaf {leaf.Seq}, {(whose.Length > 0 ? whose : "all consumers")} spent more on {product}, epoch {epoch}, than the offer's {limitName} allows."));
                }
            }
        }
    }

    private static void Charged(AuditedLog log, LogLeaf leaf, Dictionary<string, LogLeaf> charges)
    {
        var isFree = leaf.Members["repeated_answer"] is JsonValue value && value.TryGetValue<bool>(out var repeated) && repeated;
        if (leaf.Text("release") == "noisy" && leaf.Decimal("rho") is > 0 and var rho && !isFree
            && (!charges.TryGetValue(leaf.QueryId!, out var charge) || Math.Abs((charge.Decimal("rho") ?? 0) - rho) > rho * Tolerance))
        {
            log.Find(AuditCheck.Budgets, leaf.Seq, Invariant($"The answer in leaf {leaf.Seq} has noise for a charge that the log has not, or not in this amount."));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
