namespace Exchange.Privacy.SafeTables;

/// <summary>What a correction changes in a table.</summary>
/// <param name="Build">The table from now on; the same object where no figure changes.</param>
/// <param name="Settled">Positions of the count blocks whose figures now are of the rows that there are; those of others still are of what they were.</param>
/// <param name="Kept">How many count blocks those others are, by what holds their figures back. For the owner alone.</param>
public sealed record DeletionDecision(TableBuild Build, IReadOnlyList<int> Settled, IReadOnlyDictionary<FiguresKept, int> Kept);
