namespace Exchange.Privacy.SafeTables;

/// <summary>What one unit has in one block, as the second test adds it up.</summary>
internal struct UnitSums
{
    public long Values;
    public Int128 Gross;
    public Int128 FromNearest;
    public Int128 Least;
    public Int128 Greatest;
}
