using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;

namespace Exchange.Engines;

/// <summary>What of a cell must be counted by unit: the figures that the number of their rows and the size of their sums do not settle.</summary>
internal sealed class UnitRule(ApprovedFragment fragment, DatasetSource source)
{
    private readonly double?[] _magnitudes = [.. fragment.Contributions.Select(source.MagnitudeOf)];

    /// <summary>This many rows hold at least the smallest number of units, whoever they belong to.</summary>
    public long RowsEnough { get; } = (long)Int128.Min((Int128)fragment.Rules.MinUnits * source.RowsPerUnitMax, long.MaxValue);

    /// <summary>Whether every row is a unit of its own.</summary>
    public bool RowsAreUnits => fragment.Product.Unit is null || source.RowsPerUnitMax == 1;

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

    /// <summary>Whether every support stands for nobody or for enough units; else the cell is withheld whatever its sums are.</summary>
    public bool HasEnoughUnits(SupportCount[] supports)
    {
        foreach (var support in supports)
        {
            if (!HasEnoughUnits(support))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the rows stand for nobody or for enough units.</summary>
    public bool HasEnoughUnits(SupportCount support) => fragment.Rules.HasEnoughUnits(support, source.RowsPerUnitMax);

    /// <summary>Whether the number of rows that lack a value decides by itself, whoever they belong to.</summary>
    public bool IsSettled(ValueGap gap, SupportCount[] supports)
    {
        var rows = supports[gap.All].Rows - supports[gap.Present].Rows;
        return rows < fragment.Rules.MinSpread || fragment.Rules.MayLack(rows, null, source.RowsPerUnitMax);
    }

    /// <summary>Whether a sum keeps the rules whoever its rows belong to.</summary>
    public bool IsSettled(int contribution, GrossTotal total, SupportCount support) =>
        fragment.Rules.AreSettled(fragment.Contributions[contribution], total, support, _magnitudes[contribution], source.RowsPerUnitMax);
}
