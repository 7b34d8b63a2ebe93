namespace Exchange.Privacy.SafeTables;

/// <summary>What a correction changes in a table.</summary>
/// <param name="Build">The table from now on.</param>
/// <param name="Settled">Positions of the count blocks whose figures now are of the rows that there are; those of others still are of what they were.</param>
public sealed record DeletionDecision(TableBuild Build, IReadOnlyList<int> Settled);
