namespace Exchange.Attacks.Checking;

/// <summary>One row, as it is in the file.</summary>
internal sealed record FieldRow(string Region, int? Month, bool? Night, int Age, string Trade, int Pay, int? BonusCents, double Hours, string Worker)
{
    /// <summary>The atom it is in: the label of every dimension, as a person reads it.</summary>
    public string[] Atom =>
    [
        Region, Month is { } month ? $"2025-{month:00}-01" : Field.Null, Night is { } night ? night ? "true" : "false" : Field.Null,
        Age switch { < 30 => "<30", < 45 => "[30,45)", < 60 => "[45,60)", _ => ">=60" }, Trade,
    ];

    /// <summary>A measure in whole units of its last digit; null where the row has none.</summary>
    public decimal? Value(string measure) => measure switch { "pay" => Pay, "bonus" => BonusCents / 100m, _ => (decimal)Hours };
}
