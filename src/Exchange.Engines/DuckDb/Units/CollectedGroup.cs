namespace Exchange.Engines.DuckDb.Units;

/// <summary>A group of which rows were collected. Every thread of DuckDB has its own, and of those of one group DuckDB makes one in the end.</summary>
internal unsafe struct CollectedGroup
{
    /// <summary>The group that it turned out to be; null where it stands for itself.</summary>
    public CollectedGroup* Same;

    /// <summary>From 1, once it is known; 0 before.</summary>
    public long Number;

    /// <summary>How many groups have a number.</summary>
    public long* Numbered;

    /// <summary>The number of a group that stands for itself.</summary>
    public long GiveNumber() => Number != 0 ? Number : Number = Interlocked.Increment(ref *Numbered);
}
