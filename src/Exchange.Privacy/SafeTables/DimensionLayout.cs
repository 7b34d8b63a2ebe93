namespace Exchange.Privacy.SafeTables;

/// <summary>A dimension of a table: what its codes mean.</summary>
/// <param name="Name">The column.</param>
/// <param name="Labels">
/// The value of every code in its one canonical text, null for NULL; no two alike. The order does not matter, a table orders values by
/// their text. Values that occur only in pooled blocks do not enter the table unless the domain is closed.
/// </param>
/// <param name="Closed">
/// Whether the product declares that no other value than these can occur. Only then can a filter that lists values take in what was
/// pooled over the dimension: the list of values that happen to occur is not public.
/// </param>
/// <param name="Sensitive">Comes last, and is pooled where nearly all units of a combination of the others share its value (rule 8).</param>
public sealed record DimensionLayout(string Name, IReadOnlyList<string?> Labels, bool Closed = false, bool Sensitive = false);
