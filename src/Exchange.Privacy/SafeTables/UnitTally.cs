namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The units of one set of atoms, and what each gives to one measure. A unit that has records in several atoms is one unit. Everything is
/// reused from set to set, so that a pass over a table costs its records and nothing else. Not thread-safe.
/// </summary>
internal sealed class UnitTally
{
    private readonly AtomIndex _atoms;
    private readonly UnitContributions _data;
    private readonly UnitNumbers _units;
    private readonly Largest _largestGross;
    private readonly Largest _largestFromNearest;
    private readonly Largest _largestValues;
    private int[] _records = [];
    private int[] _slots = [];
    private int[] _unitOfSlot = [];
    private int[] _values = [];
    private Int128[] _gross = [];
    private Int128[] _fromNearest = [];
    private Int128[] _least = [];
    private Int128[] _greatest = [];

    public UnitTally(AtomIndex atoms, TableRules rules)
    {
        (_atoms, _data) = (atoms, atoms.Data);
        _units = new UnitNumbers(_data.UnitBound);
        _largestGross = new(Math.Max(rules.DominanceUnits, 1));
        _largestFromNearest = new(rules.Coalition + 1);
        _largestValues = new(Math.Max(rules.DominanceUnits, rules.Coalition + 1));
    }

    public int Units { get; private set; }

    public int RecordCount { get; private set; }

    public long Rows { get; private set; }

    /// <summary>The units and rows of the set; measures follow.</summary>
    public void Load(ReadOnlySpan<int> atoms)
    {
        var count = CountOf(atoms);
        if (_records.Length < count)
        {
            var length = Math.Max(count, Math.Min(2 * _records.Length, _data.Count));
            (_records, _slots, _unitOfSlot) = (new int[length], new int[length], new int[length]);
        }

        _units.Begin(count);
        (Units, Rows, RecordCount) = (0, 0, count);
        var next = 0;
        foreach (var atom in atoms)
        {
            foreach (var record in _atoms.RecordsOf(atom))
            {
                var unit = _data.UnitOf(record);
                if (_data.Layout.UnitIsRow)
                {
                    (_records[next], _slots[next], _unitOfSlot[next]) = (record, next, unit);
                    next++;
                    continue;
                }

                var slot = _units.Of(unit);
                (_records[next], _slots[next], _unitOfSlot[slot]) = (record, slot, unit);
                Rows += _data.RowsOf(record);
                next++;
            }
        }

        (Units, Rows) = _data.Layout.UnitIsRow ? (count, count) : (_units.Count, Rows);
    }

    /// <summary>Whether a set has at least so many units, counted no further; nothing is loaded then.</summary>
    public bool HasUnits(ReadOnlySpan<int> atoms, int least)
    {
        (Units, Rows, RecordCount) = (0, 0, 0);
        if (_data.Layout.UnitIsRow)
        {
            return CountOf(atoms) >= least;
        }

        _units.Begin(CountOf(atoms));
        foreach (var atom in atoms)
        {
            foreach (var record in _atoms.RecordsOf(atom))
            {
                _units.Of(_data.UnitOf(record));
                if (_units.Count >= least)
                {
                    return true;
                }
            }
        }

        return least <= 0;
    }

    private int CountOf(ReadOnlySpan<int> atoms)
    {
        var count = 0;
        foreach (var atom in atoms)
        {
            count += _atoms.RecordsOf(atom).Length;
        }

        return count;
    }

    public ReadOnlySpan<int> Records => _records.AsSpan(0, RecordCount);

    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, RecordCount);

    public int UnitOfSlot(int slot) => _unitOfSlot[slot];

    // Of the measure tallied last.
    public long Values { get; private set; }

    public int UnitsWithValue { get; private set; }

    public Int128 Sum { get; private set; }

    public Int128 Gross { get; private set; }

    public Int128 FromNearest { get; private set; }

    public Int128 Slack { get; private set; }

    public Int128 Least { get; private set; }

    public Int128 Greatest { get; private set; }

    public Largest LargestGross => _largestGross;

    public Largest LargestFromNearest => _largestFromNearest;

    /// <summary>By how many values they have.</summary>
    public Largest LargestValues => _largestValues;

    /// <summary>How the loaded units' rows count as a measure: a unit's contribution is its number of rows.</summary>
    public void TallyRows()
    {
        Clear();
        for (var i = 0; i < RecordCount; i++)
        {
            _gross[_slots[i]] += _data.RowsOf(_records[i]);
        }

        (Gross, FromNearest, Sum, Values, UnitsWithValue) = (Rows, Rows, Rows, Rows, Units);
        for (var slot = 0; slot < Units; slot++)
        {
            _values[slot] = 1;
            _largestGross.Add(_gross[slot], slot);
            _largestFromNearest.Add(_gross[slot], slot);
            (_least[slot], _greatest[slot]) = (_gross[slot], _gross[slot]);
        }
    }

    /// <summary>What the loaded units give to a measure.</summary>
    public void Tally(int measure)
    {
        Clear();
        var columns = _data.Measure(measure);
        var shifted = columns.Shifted;
        var (total, totalGross, slack, count) = (Int128.Zero, Int128.Zero, Int128.Zero, 0L);
        for (var i = 0; i < RecordCount; i++)
        {
            var record = _records[i];
            var values = columns.ValuesOf(record);
            if (values == 0)
            {
                continue;
            }

            var slot = _slots[i];
            var (sum, gross, least, greatest) = columns.Read(record);
            if (_values[slot] == 0)
            {
                (_gross[slot], _least[slot], _greatest[slot]) = (gross, least, greatest);
            }
            else
            {
                _gross[slot] = checked(_gross[slot] + gross);
                _least[slot] = Int128.Min(_least[slot], least);
                _greatest[slot] = Int128.Max(_greatest[slot], greatest);
            }

            _values[slot] += values;
            count += values;
            total = checked(total + sum);
            totalGross = checked(totalGross + gross);
            slack += columns.SlackOf(record);
            if (shifted)
            {
                var fromNearest = columns.FromNearestOf(record);
                _fromNearest[slot] += fromNearest;
                FromNearest = checked(FromNearest + fromNearest);
            }
        }

        (Values, Sum, Gross, Slack) = (count, total, totalGross, slack);
        FromNearest = shifted ? FromNearest : Gross;
        for (var slot = 0; slot < Units; slot++)
        {
            if (_values[slot] > 0)
            {
                Least = UnitsWithValue == 0 ? _least[slot] : Int128.Min(Least, _least[slot]);
                Greatest = UnitsWithValue == 0 ? _greatest[slot] : Int128.Max(Greatest, _greatest[slot]);
                UnitsWithValue++;
                _largestGross.Add(_gross[slot], slot);
                _largestFromNearest.Add(shifted ? _fromNearest[slot] : _gross[slot], slot);
                _largestValues.Add(_values[slot], slot);
            }
        }
    }

    /// <summary>
    /// Of the units whose every value is v, the number for the v where they are most; only numbers that leave fewer than
    /// <paramref name="spread"/> others need be right.
    /// </summary>
    public int MostWithOnlyOneValue(int spread, bool zeroHarmless)
    {
        if (UnitsWithValue < 2 * spread)
        {
            var counts = new Dictionary<Int128, int>();
            for (var slot = 0; slot < Units; slot++)
            {
                if (IsConstant(slot, zeroHarmless))
                {
                    counts[_least[slot]] = counts.GetValueOrDefault(_least[slot]) + 1;
                }
            }

            return counts.Count == 0 ? 0 : counts.Values.Max();
        }

        // A value that leaves too few others has the majority, which one vote finds (Boyer and Moore 1981).
        var (candidate, votes) = (Int128.Zero, 0);
        for (var slot = 0; slot < Units; slot++)
        {
            if (_values[slot] > 0)
            {
                if (!IsConstant(slot, zeroHarmless) || (votes > 0 && _least[slot] != candidate))
                {
                    votes = Math.Max(0, votes - 1);
                }
                else
                {
                    (candidate, votes) = (_least[slot], votes + 1);
                }
            }
        }

        var most = 0;
        for (var slot = 0; slot < Units; slot++)
        {
            most += IsConstant(slot, zeroHarmless) && _least[slot] == candidate ? 1 : 0;
        }

        return most;
    }

    /// <summary>Units among the loaded with a row that lacks a value of the measure, which was tallied last; counted no further than to <paramref name="most"/>.</summary>
    public int UnitsLacking(int measure, int most)
    {
        if (Values == Rows)
        {
            return 0;
        }

        var (columns, lacking) = (_data.Measure(measure), new HashSet<int>());
        for (var i = 0; i < RecordCount && lacking.Count < most; i++)
        {
            if (columns.ValuesOf(_records[i]) < _data.RowsOf(_records[i]))
            {
                lacking.Add(_slots[i]);
            }
        }

        return lacking.Count;
    }

    /// <summary>Units among the loaded that have more than one row.</summary>
    public int UnitsWithSeveralRows()
    {
        var several = 0;
        for (var slot = 0; slot < Units; slot++)
        {
            several += _gross[slot] > 1 ? 1 : 0;
        }

        return several;
    }

    private bool IsConstant(int slot, bool zeroHarmless) =>
        _values[slot] > 0 && _least[slot] == _greatest[slot] && !(zeroHarmless && _least[slot] == 0);

    private void Clear()
    {
        if (_gross.Length < Units)
        {
            var length = _unitOfSlot.Length;
            (_gross, _fromNearest, _least, _greatest, _values) = (new Int128[length], new Int128[length], new Int128[length], new Int128[length], new int[length]);
        }

        _gross.AsSpan(0, Units).Clear();
        _fromNearest.AsSpan(0, Units).Clear();
        _values.AsSpan(0, Units).Clear();
        _largestGross.Clear();
        _largestFromNearest.Clear();
        _largestValues.Clear();
        (Values, UnitsWithValue, Sum, Gross, FromNearest, Slack, Least, Greatest) = (0, 0, 0, 0, 0, 0, 0, 0);
    }
}
