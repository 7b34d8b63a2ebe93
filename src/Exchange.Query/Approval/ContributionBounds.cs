namespace Exchange.Query.Approval;

/// <summary>
/// What one privacy unit may add to the figures of a scan, at most. A unit counts in at most so many groups, which a keyed order of its
/// own groups decides; where it has more rows in a group than allowed, its figures there are scaled down to that many rows, in whole numbers.
/// Both look at the unit's own rows alone, so adding or removing a unit changes nothing of the others.
/// </summary>
/// <param name="GroupsPerUnit">From 1.</param>
/// <param name="RowsPerGroup">From 1.</param>
/// <param name="OrderKey">Key of the order; secret, so that nobody knows which groups are kept.</param>
public sealed record ContributionBounds(int GroupsPerUnit, int RowsPerGroup, ulong OrderKey);
