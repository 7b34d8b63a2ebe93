namespace Exchange.Privacy.SafeTables;

/// <summary>
/// What the units of a dataset have in its atoms: one record per atom and unit, column by column, for millions of records. Fill it, then
/// build; what was built from is not changed any more. Not thread-safe while it is filled.
/// </summary>
public sealed class UnitContributions
{
    private readonly MeasureColumns[] _measures;
    private readonly IReadOnlyList<string?>[] _labels;
    private int[] _codes;
    private int[] _units;
    private int[]? _rows;
    private int _capacity;
    private bool _frozen;

    /// <param name="layout">What the records are of.</param>
    /// <param name="capacity">Records expected.</param>
    public UnitContributions(TableLayout layout, int capacity = 16)
    {
        Layout = layout;
        _capacity = Math.Max(capacity, 16);
        _codes = new int[checked(_capacity * layout.Dimensions.Count)];
        _units = new int[_capacity];
        _measures = [.. layout.Measures.Select(measure => new MeasureColumns(measure))];
        _labels = [.. layout.Dimensions.Select(dimension => dimension.Labels)];
    }

    /// <summary>What the records are of.</summary>
    public TableLayout Layout { get; }

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a record, whose measures follow by <see cref="Set"/>; a measure that is not set has no value.</summary>
    /// <param name="codes">A code per dimension, NULL with one of its own.</param>
    /// <param name="unit">Number of the unit, from 0; all rows without an identifier have one number. The order of numbers does not matter.</param>
    /// <param name="rows">Its rows in the atom.</param>
    /// <exception cref="ArgumentException">A code that the layout does not name, or no rows.</exception>
    public void Add(ReadOnlySpan<int> codes, int unit, int rows = 1)
    {
        var dimensions = _labels.Length;
        if (_frozen || codes.Length != dimensions || unit < 0 || rows < 1 || (Layout.UnitIsRow && rows != 1))
        {
            throw new ArgumentException("A record has one code per dimension, a unit and at least one row, and comes before the table.");
        }

        for (var i = 0; i < dimensions; i++)
        {
            if ((uint)codes[i] >= (uint)_labels[i].Count)
            {
                throw new ArgumentException($"A code of {Layout.Dimensions[i].Name} has no label.");
            }
        }

        if (Count == _capacity)
        {
            _capacity = checked(_capacity * 2);
            Array.Resize(ref _codes, checked(_capacity * dimensions));
            Array.Resize(ref _units, _capacity);
            if (_rows is not null)
            {
                Array.Resize(ref _rows, _capacity);
            }
        }

        codes.CopyTo(_codes.AsSpan(Count * dimensions));
        _units[Count] = unit;
        if (rows != 1 && _rows is null)
        {
            // Most often every record is one row, and nothing says so.
            _rows = new int[_capacity];
            _rows.AsSpan(0, Count).Fill(1);
        }

        if (_rows is not null)
        {
            _rows[Count] = rows;
        }

        Count++;
    }

    /// <summary>What the record added last gives to a measure.</summary>
    /// <param name="measure">Position in the layout.</param>
    /// <param name="contribution">The sums.</param>
    /// <param name="bins">Where the measure has a histogram: how many values lie in which bin.</param>
    /// <exception cref="ArgumentException">A contribution that contradicts itself, its record or the declared bounds.</exception>
    public void Set(int measure, in MeasureContribution contribution, ReadOnlySpan<BinCount> bins = default)
    {
        if (_frozen || Count == 0 || contribution.Values > RowsOf(Count - 1))
        {
            throw new ArgumentException("A contribution belongs to a record with at least as many rows as it has values.");
        }

        _measures[measure].Set(Count - 1, contribution, bins, _capacity);
    }

    /// <summary>The value of the record added last, which is one row, as <see cref="Set"/> takes it, for the many.</summary>
    /// <param name="measure">Position in the layout.</param>
    /// <param name="value">Of a measure of doubles.</param>
    /// <exception cref="ArgumentException">A record of several rows, or a value of another kind or outside the declared bounds.</exception>
    public void SetRow(int measure, double value)
    {
        if (!_measures[measure].Plain || !_measures[measure].Floating)
        {
            Set(measure, MeasureContribution.OfRow(Layout.Measures[measure], value), BinOf(measure, value));
            return;
        }

        RequireRow();
        _measures[measure].SetRow(Count - 1, value + 0.0, _capacity);
    }

    /// <inheritdoc cref="SetRow(int, double)"/>
    /// <param name="measure">Position in the layout.</param>
    /// <param name="value">Of a measure of whole numbers.</param>
    public void SetRow(int measure, long value)
    {
        if (!_measures[measure].Plain || _measures[measure].Floating)
        {
            Set(measure, MeasureContribution.OfRow(Layout.Measures[measure], (Int128)value), BinOf(measure, value));
            return;
        }

        RequireRow();
        _measures[measure].SetRow(Count - 1, value, _capacity);
    }

    private BinCount[] BinOf(int measure, double value) => Layout.Measures[measure].Step is null ? [] : [new BinCount(Layout.Measures[measure].BinOf(value), 1)];

    private void RequireRow()
    {
        if (_frozen || Count == 0 || RowsOf(Count - 1) != 1)
        {
            throw new ArgumentException("A row's value belongs to a record of one row.");
        }
    }

    /// <summary>Whether units keep their numbers, which are those of others that it is compared with.</summary>
    internal bool KeepsNumbers { get; init; }

    /// <summary>Adds a record of others of the same layout, fixed by then.</summary>
    internal void AddFrom(UnitContributions others, int record)
    {
        Add(others.CodesOf(record), Layout.UnitIsRow ? Count : others.UnitOf(record), others.RowsOf(record));
        for (var i = 0; i < _measures.Length; i++)
        {
            if (others.Measure(i).ValuesOf(record) > 0)
            {
                Set(i, others.Measure(i).ContributionOf(record), Layout.Measures[i].Step is null ? [] : others.Measure(i).BinsOf(record));
            }
        }
    }

    /// <summary>Rows of all records.</summary>
    public long RowCount => Enumerable.Range(0, Count).Sum(record => (long)RowsOf(record));

    internal ReadOnlySpan<int> CodesOf(int record) => _codes.AsSpan(record * _labels.Length, _labels.Length);

    internal int CodeOf(int record, int dimension) => _codes[record * _labels.Length + dimension];

    internal int UnitOf(int record) => _units[record];

    internal int RowsOf(int record) => _rows is null ? 1 : _rows[record];

    internal MeasureColumns Measure(int measure) => _measures[measure];

    /// <summary>One more than the largest unit number.</summary>
    internal int UnitBound { get; private set; }

    internal long RowsTotal { get; private set; }

    /// <summary>Puts the records into another order, which is the same for everybody who asks for one.</summary>
    /// <param name="order">Which record comes where.</param>
    /// <param name="starts">Where records with other codes begin, and the end.</param>
    internal void Reorder(int[] order, int[] starts)
    {
        var moved = false;
        for (var i = 0; i < order.Length && !moved; i++)
        {
            moved = order[i] != i;
        }

        if (!moved)
        {
            return;
        }

        var (dimensions, atoms) = (Layout.Dimensions.Count, starts.Length - 1);
        var codes = new int[atoms * dimensions];
        for (var atom = 0; atom < atoms; atom++)
        {
            CodesOf(order[starts[atom]]).CopyTo(codes.AsSpan(atom * dimensions));
        }

        for (var atom = 0; atom < atoms; atom++)
        {
            for (var record = starts[atom]; record < starts[atom + 1]; record++)
            {
                codes.AsSpan(atom * dimensions, dimensions).CopyTo(_codes.AsSpan(record * dimensions));
            }
        }

        (_units, _rows) = (NumberColumn.Reordered(_units, order), _rows is null ? null : NumberColumn.Reordered(_rows, order));
        Array.ForEach(_measures, measure => measure.Reorder(order));
    }

    /// <summary>Fixes the records: scales of doubles, and units numbered closely.</summary>
    internal void Freeze()
    {
        if (_frozen)
        {
            return;
        }

        _frozen = true;
        foreach (var measure in _measures)
        {
            measure.Freeze(Count);
        }

        for (var i = 0; i < Count; i++)
        {
            UnitBound = Math.Max(UnitBound, _units[i] == int.MaxValue ? int.MaxValue : _units[i] + 1);
            RowsTotal += RowsOf(i);
        }

        if (!KeepsNumbers && UnitBound > 4L * Count + 1_000)
        {
            var numbers = new Dictionary<int, int>();
            for (var i = 0; i < Count; i++)
            {
                _units[i] = numbers.TryGetValue(_units[i], out var number) ? number : numbers[_units[i]] = numbers.Count;
            }

            UnitBound = numbers.Count;
        }
    }
}
