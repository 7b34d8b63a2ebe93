namespace Exchange.Privacy.SafeTables;

/// <summary>What a measure of a layout is for.</summary>
public enum MeasureUse
{
    /// <summary>Count and sum are in the table.</summary>
    Published,

    /// <summary>Only tested, since it can be computed from what is published: a derived measure or the difference of two (rule 7).</summary>
    Checked,

    /// <summary>The product of a pair; a block where it fails has no cross product.</summary>
    Product,
}
