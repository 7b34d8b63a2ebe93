using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Engines;

/// <summary>Which supports need their distinct units counted: those with rows, but too few for their number alone to settle it.</summary>
internal sealed class UnitRule(ApprovedFragment fragment, DatasetSource source)
{
    /// <summary>This many rows hold at least the smallest number of units, whoever they belong to.</summary>
    public long RowsEnough { get; } = Saturated(fragment.MinUnits, source.RowsPerUnitMax);

    /// <summary>Whether a support of the cell needs its units counted.</summary>
    public bool NeedsCount(SupportCount[] supports)
    {
        foreach (var support in supports)
        {
            if (NeedsCount(support.Rows))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The supports with their units, where those are needed.</summary>
    public SupportCount[] WithUnits(SupportCount[] supports, long[] units) =>
        [.. supports.Select((support, index) => NeedsCount(support.Rows) ? support with { Units = units[index] } : support)];

    /// <summary>The supports of a product without a unit column.</summary>
    public SupportCount[] EachRowAUnit(SupportCount[] supports) =>
        [.. supports.Select(support => NeedsCount(support.Rows) ? support with { Units = support.Rows } : support)];

    /// <summary>Whether a support of that many rows needs its units counted.</summary>
    public bool NeedsCount(long rows) => rows > 0 && rows < RowsEnough;

    private static long Saturated(long units, long rowsPerUnit) => (long)Int128.Min((Int128)units * rowsPerUnit, long.MaxValue);
}
