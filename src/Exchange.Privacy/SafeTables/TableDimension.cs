namespace Exchange.Privacy.SafeTables;

/// <summary>A dimension of a table. Numbers in descriptions are positions in its labels.</summary>
/// <param name="Name">The column.</param>
/// <param name="Labels">Texts of values, in order, null for NULL: the domain where it is closed, otherwise the values that descriptions name.</param>
/// <param name="Closed">Whether no other value can occur.</param>
public sealed record TableDimension(string Name, IReadOnlyList<string?> Labels, bool Closed);
