using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Client.Audit;

namespace Exchange.Cli.Audit;

/// <summary>What entries say of a period: who asked whom, for what, with which outcome, at which charge.</summary>
internal sealed class Usage
{
    /// <summary>Adds up owners' entries; those of askers about the same questions are left out.</summary>
    public Usage(IEnumerable<LogLeaf> leaves, DateTimeOffset from, DateTimeOffset to)
    {
        From = from;
        To = to;
        List<LogLeaf> period = [.. leaves.Where(leaf => leaf.Time >= from && leaf.Time <= to)];
        List<LogLeaf> decided = [.. period.Where(leaf => leaf.Event is "query.answered" or "query.refused" or "query.failed")];
        Uses = [.. decided.GroupBy(leaf => (Consumer: leaf.Consumer ?? "", Purpose: leaf.Purpose ?? "", Product: leaf.Product ?? "", leaf.Participant)).OrderBy(group => group.Key).Select(group => new Use(
            group.Key.Consumer, group.Key.Purpose, group.Key.Product, group.Key.Participant,
            group.Count(leaf => leaf.Event == "query.answered"), group.Count(leaf => leaf.Event == "query.refused"), group.Count(leaf => leaf.Event == "query.failed"),
            group.Sum(leaf => leaf.Number("cells") ?? 0), group.Sum(leaf => leaf.Number("suppressed_cells") ?? 0)))];
        Refusals = [.. decided.Where(leaf => leaf.Reason is not null).GroupBy(leaf => leaf.Reason!).Select(group => (group.Key, (double)group.Count())).OrderByDescending(reason => reason.Item2).ThenBy(reason => reason.Key, StringComparer.Ordinal)];
        PerDay = [.. decided.Where(leaf => leaf.Event == "query.answered").GroupBy(leaf => leaf.Time.UtcDateTime.Date).OrderBy(day => day.Key).Select(day => (day.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), (double)day.Count()))];
        Charges = [.. period.Where(leaf => leaf.Event == "budget.charged").GroupBy(leaf => (leaf.Participant, Product: leaf.Product ?? "", Consumer: leaf.Consumer ?? "")).OrderBy(group => group.Key)
            .Select(group => new Charge(group.Key.Participant, group.Key.Product, group.Key.Consumer, group.Count(), group.Sum(leaf => leaf.Decimal("rho") ?? 0)))];
        Changes = [.. period.Where(leaf => !leaf.Event.StartsWith("query.", StringComparison.Ordinal) && leaf.Event != "budget.charged").GroupBy(leaf => leaf.Event).Select(group => (group.Key, (double)group.Count())).OrderBy(change => change.Key, StringComparer.Ordinal)];
        Columns = [.. decided.Where(leaf => leaf.Event == "query.answered").SelectMany(ColumnsOf).GroupBy(use => use).Select(group => (group.Key, group.Count())).OrderBy(use => use.Key)];
        WithoutColumns = decided.Count(leaf => leaf.Event == "query.answered" && leaf.Members["columns"] is not JsonObject);
    }

    /// <summary>First moment.</summary>
    public DateTimeOffset From { get; }

    /// <summary>Last moment.</summary>
    public DateTimeOffset To { get; }

    /// <summary>By consumer, purpose, product and owner.</summary>
    public IReadOnlyList<Use> Uses { get; }

    /// <summary>Refusals and failures by reason, the most first.</summary>
    public IReadOnlyList<(string Key, double Count)> Refusals { get; }

    /// <summary>Answers by day.</summary>
    public IReadOnlyList<(string Key, double Count)> PerDay { get; }

    /// <summary>Charges of privacy budgets by owner, product and consumer.</summary>
    public IReadOnlyList<Charge> Charges { get; }

    /// <summary>Changes of agreements, offers, datasets and keys, by event.</summary>
    public IReadOnlyList<(string Key, double Count)> Changes { get; }

    /// <summary>In how many answers which column was used for what, by consumer and purpose.</summary>
    public IReadOnlyList<(ColumnUse Use, int Answers)> Columns { get; }

    /// <summary>Answers of an earlier version of the program, whose entries do not name columns.</summary>
    public int WithoutColumns { get; }

    private static IEnumerable<ColumnUse> ColumnsOf(LogLeaf leaf) => leaf.Members["columns"] is not JsonObject uses
        ? []
        : from use in uses
          from column in use.Value as JsonArray ?? []
          select new ColumnUse(leaf.Consumer ?? "", leaf.Purpose ?? "", leaf.Product ?? "", column?.ToString() ?? "", use.Key);
}

/// <summary>One consumer's use of one owner's data for one purpose.</summary>
internal sealed record Use(string Consumer, string Purpose, string Product, string Owner, int Answered, int Refused, int Failed, long Cells, long Suppressed);

/// <summary>What one consumer was charged.</summary>
internal sealed record Charge(string Owner, string Product, string Consumer, int Count, double Rho);

/// <summary>A column in a role: <c>group</c>, <c>filter</c> or <c>aggregate</c>.</summary>
internal sealed record ColumnUse(string Consumer, string Purpose, string Product, string Column, string Role) : IComparable<ColumnUse>
{
    /// <inheritdoc/>
    public int CompareTo(ColumnUse? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());
}
