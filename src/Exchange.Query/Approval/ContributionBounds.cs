namespace Exchange.Query.Approval;

/// <summary>
/// What one privacy unit may add to the figures of a scan, at most. A unit counts in at most so many groups, which a keyed order of its
/// own groups decides; where it has more rows in a group than allowed, its figures there are scaled down to that many rows, in whole numbers.
/// Both look at the unit's own rows alone, so adding or removing a unit changes nothing of the others.
/// </summary>
/// <param name="GroupsPerUnit">From 1.</param>
/// <param name="RowsPerGroup">From 1.</param>
/// <param name="OrderKey">Key of the order; secret, so that nobody knows which groups are kept.</param>
public sealed record ContributionBounds(int GroupsPerUnit, int RowsPerGroup, ulong OrderKey)
{
    /// <summary>Whether the units of each group are wanted; else any number above zero stands for them where there are some.</summary>
    public bool CountsUnits { get; init; } = true;

    /// <summary>Whether nobody can have more than counts, where no unit has more than so many rows: then nothing has to be bounded.</summary>
    /// <param name="rowsPerUnitMax">Most rows of one unit in the whole dataset.</param>
    /// <param name="keys">Grouping expressions.</param>
    public bool HoldFor(long rowsPerUnitMax, int keys) => rowsPerUnitMax <= RowsPerGroup && (keys == 0 || rowsPerUnitMax <= GroupsPerUnit);
}
