namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Numbers the units of one set of records after the other, from 0 in the order they appear. The units of a small set are looked for in a
/// small table, which stays in the processor's cache, those of a large one in an array of all units. Nothing is allocated per set. Not
/// thread-safe.
/// </summary>
/// <param name="unitBound">One more than the largest unit.</param>
internal sealed class UnitNumbers(int unitBound)
{
    private const int SmallMax = 1 << 12;

    private readonly (int Set, int Unit, int Number)[] _small = new (int, int, int)[4 * SmallMax];
    private (int Set, int Number)[] _large = [];
    private int _set;
    private int _mask;
    private bool _isSmall;

    /// <summary>Units met so far in the set.</summary>
    public int Count { get; private set; }

    /// <summary>Begins another set.</summary>
    /// <param name="records">Its records: it has no more units.</param>
    public void Begin(int records)
    {
        (_set, Count, _isSmall) = (_set + 1, 0, records <= SmallMax);
        if (!_isSmall && _large.Length == 0)
        {
            _large = new (int, int)[unitBound];
        }

        // A quarter full at most, so that few units stand beside their place.
        _mask = (4 << System.Numerics.BitOperations.Log2((uint)Math.Max(records, 1))) - 1;
    }

    /// <summary>The number of a unit; <see cref="Count"/> has grown where it is new.</summary>
    public int Of(int unit)
    {
        if (!_isSmall)
        {
            ref var large = ref _large[unit];
            if (large.Set != _set)
            {
                large = (_set, Count++);
            }

            return large.Number;
        }

        // Fibonacci hashing (Knuth, TAOCP 3, section 6.4).
        for (var place = (int)((uint)unit * 2_654_435_769u >> 18) & _mask; ; place = (place + 1) & _mask)
        {
            ref var small = ref _small[place];
            if (small.Set != _set)
            {
                small = (_set, unit, Count++);
            }

            if (small.Unit == unit)
            {
                return small.Number;
            }
        }
    }
}
