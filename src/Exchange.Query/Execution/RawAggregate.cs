using System.Collections.Immutable;
using Exchange.Query.Rules;

namespace Exchange.Query.Execution;

/// <summary>
/// What an engine computed, before any release rule. Has no wire form on purpose: only the release gate turns it into an answer.
/// </summary>
/// <param name="Cells">The non-empty cells.</param>
public sealed record RawAggregate(IReadOnlyList<RawCell> Cells);

/// <summary>One cell.</summary>
/// <param name="Key">One per grouping expression, by its type: string → string; int, bucket, bool (0, 1), date (days), timestamp (microseconds) → long; double → double; decimal → string in plain notation; NULL → null.</param>
/// <param name="States">One per aggregate.</param>
/// <param name="Supports">One per <see cref="Approval.ApprovedFragment.Supports"/>.</param>
/// <param name="Totals">One per <see cref="Approval.ApprovedFragment.Contributions"/>.</param>
/// <param name="Differences">
/// What follows from the figures by subtraction, where the fragment has an audit. Null when there is too much of it to tell, and empty without an audit.
/// </param>
public sealed record RawCell(object?[] Key, PartialState[] States, SupportCount[] Supports, GrossTotal[] Totals, IReadOnlyList<DifferenceCount>? Differences)
{
    /// <summary>One per <see cref="Approval.ApprovedFragment.Gaps"/>: units with a row that lacks the value; null where its rows settle it. Empty when none was counted.</summary>
    public IReadOnlyList<long?> MissingUnits { get; init; } = [];

    /// <summary>By the aggregates that want one, the finest histogram that keeps the rules. Cells that are withheld anyway have none.</summary>
    public IReadOnlyDictionary<int, RawHistogram> Histograms { get; init; } = ImmutableDictionary<int, RawHistogram>.Empty;
}

/// <summary>How many rows, and where needed how many distinct units, stand behind a figure.</summary>
/// <param name="Rows">Rows that fulfil the support's condition.</param>
/// <param name="Units">
/// Distinct units among them (rows without a unit id are one unit). Null when the engine did not count because
/// <c>Rows ≥ MinUnits · RowsPerUnitMax</c> settles it, or because there is no row.
/// </param>
public readonly record struct SupportCount(long Rows, long? Units);

/// <summary>The mergeable state of one aggregate; which fields count depends on its kind (see plan.proto, AggregateKind).</summary>
/// <param name="Count">Values (or rows) that went in.</param>
/// <param name="Exact">Exact sum of ints, or of unscaled decimals; of UNITS, the least.</param>
/// <param name="X">Sum of doubles, or of (x − shift).</param>
/// <param name="Y">Sum of (y − shift).</param>
/// <param name="XX">Sum of (x − shift)².</param>
/// <param name="YY">Sum of (y − shift)².</param>
/// <param name="XY">Sum of (x − shift)(y − shift).</param>
/// <param name="Bins">Of HISTOGRAM, RANGE and BINS.</param>
public readonly record struct PartialState(
    long Count, Int128 Exact = default, double X = 0, double Y = 0, double XX = 0, double YY = 0, double XY = 0, IReadOnlyList<ValueBin>? Bins = null);
