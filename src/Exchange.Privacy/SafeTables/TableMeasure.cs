namespace Exchange.Privacy.SafeTables;

/// <summary>A measure of a table.</summary>
/// <param name="Name">The column, or the name of the derived measure.</param>
/// <param name="Scale">Digits behind the point where sums are exact; null for doubles.</param>
/// <param name="Low">Declared bound, null for none.</param>
/// <param name="High">Declared bound, null for none.</param>
public sealed record TableMeasure(string Name, int? Scale, double? Low, double? High);
