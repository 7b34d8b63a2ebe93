namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>One row: a value per dimension, the unit (null without an identifier), a value per measure (null for NULL).</summary>
internal sealed record RawRow(string?[] Dimensions, int? Unit, long?[] Measures);
