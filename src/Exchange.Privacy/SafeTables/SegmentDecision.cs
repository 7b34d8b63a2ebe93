namespace Exchange.Privacy.SafeTables;

/// <summary>Which waiting rows enter a table. Only the owner sees how many wait.</summary>
/// <param name="Segment">Those that enter, under the descriptions of the table, with the owner's assignment of their atoms; null where none do.</param>
/// <param name="Admitted">Positions in the table of the count blocks whose rows enter; the rows of others wait.</param>
public sealed record SegmentDecision(TableBuild? Segment, IReadOnlyList<int> Admitted);
