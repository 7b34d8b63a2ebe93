namespace Exchange.Privacy.SafeTables;

/// <summary>Numbers the units of one block after the other, from 0 in the order they appear. One a thread: nothing is allocated per block.</summary>
internal sealed class AuditUnits(UnitContributions data)
{
    private readonly (int Block, int Number)[] _seen = new (int, int)[data.UnitBound];
    private int _block;

    public int Count { get; private set; }

    public void Begin() => (_block, Count) = (_block + 1, 0);

    /// <summary>The number of a record's unit; <see cref="Count"/> has grown where it is new.</summary>
    public int NumberOf(int record)
    {
        ref var seen = ref _seen[data.UnitOf(record)];
        if (seen.Block != _block)
        {
            seen = (_block, Count++);
        }

        return seen.Number;
    }
}
