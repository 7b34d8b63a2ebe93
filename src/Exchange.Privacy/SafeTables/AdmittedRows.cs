namespace Exchange.Privacy.SafeTables;

/// <summary>A segment that was let into a table.</summary>
/// <param name="Table">Its figures.</param>
/// <param name="Blocks">Per count block of it, the position of the table's count block that its rows were added to.</param>
public sealed record AdmittedRows(SafeTable Table, IReadOnlyList<int> Blocks);
