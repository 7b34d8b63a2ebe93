namespace Exchange.Privacy.SafeTables;

/// <summary>What deleted rows change in a table.</summary>
/// <param name="Build">The table from now on.</param>
/// <param name="Settled">Positions of the count blocks whose figures now are without their deleted rows; those of others still hold them.</param>
public sealed record DeletionDecision(TableBuild Build, IReadOnlyList<int> Settled);
