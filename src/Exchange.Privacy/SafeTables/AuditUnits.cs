namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Numbers the units of one block after the other (see <see cref="UnitNumbers"/>) and adds up what each has. One a thread: nothing is
/// allocated per block.
/// </summary>
internal sealed class AuditUnits(UnitContributions data, TableRules rules)
{
    private readonly UnitNumbers _numbers = new(data.UnitBound);
    private UnitSums[] _sums = [];
    private Int128[] _gross = [];
    private Int128[] _counted = [];

    public Ratio P { get; } = rules.P;

    public Ratio Dominance { get; } = rules.Dominance;

    public int Count => _numbers.Count;

    /// <summary>What the units of the block have, by number, as far as <see cref="Add"/> was told.</summary>
    public ReadOnlySpan<UnitSums> Sums => _sums.AsSpan(0, Count);

    /// <summary>Begins another block.</summary>
    /// <param name="records">How many it has.</param>
    public void Begin(int records) => _numbers.Begin(records);

    /// <summary>The number of a record's unit; <see cref="Count"/> has grown where it is new.</summary>
    public int NumberOf(int record) => _numbers.Of(data.UnitOf(record));

    /// <summary>Adds what a record has to its unit's.</summary>
    public void Add(int record, int values, Int128 gross, Int128 fromNearest, Int128 least, Int128 greatest)
    {
        var (before, number) = (Count, NumberOf(record));
        if (number == _sums.Length)
        {
            Array.Resize(ref _sums, Math.Max(256, 2 * number));
        }

        ref var sums = ref _sums[number];
        if (number == before)
        {
            sums = new() { Values = values, Gross = gross, FromNearest = fromNearest, Least = least, Greatest = greatest };
            return;
        }

        sums.Values += values;
        sums.Gross = checked(sums.Gross + gross);
        sums.FromNearest = checked(sums.FromNearest + fromNearest);
        sums.Least = Int128.Min(sums.Least, least);
        sums.Greatest = Int128.Max(sums.Greatest, greatest);
    }

    /// <summary>Room for one number of each of so many units, twice; what was there before is gone.</summary>
    public Span<Int128> Room(int units, out Span<Int128> second)
    {
        if (_gross.Length < units)
        {
            (_gross, _counted) = (new Int128[2 * units], new Int128[2 * units]);
        }

        second = _counted.AsSpan(0, units);
        return _gross.AsSpan(0, units);
    }
}
