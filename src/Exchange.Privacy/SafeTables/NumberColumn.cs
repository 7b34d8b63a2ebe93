namespace Exchange.Privacy.SafeTables;

/// <summary>Numbers of one kind, one a record: 8 bytes each while they fit, 16 where a whole number does not.</summary>
internal sealed class NumberColumn(bool floating)
{
    private double[] _doubles = [];
    private long[] _longs = [];
    private Int128[]? _wide;
    private int _exponent;

    /// <summary>Whether every double is a multiple of the granule.</summary>
    public bool Lossless { get; private set; } = true;

    /// <summary>The granule is 2 to this power; 0 for exact numbers.</summary>
    public int Exponent => _exponent;

    /// <summary>The number, of doubles as multiples of the granule that <see cref="Freeze"/> set.</summary>
    public Int128 this[int record] => floating ? FixedPoint.Floor(_doubles[record], _exponent, out _) : _wide is null ? _longs[record] : _wide[record];

    /// <summary>The number as it was set.</summary>
    public Amount AmountOf(int record) => floating ? _doubles[record] : _wide is null ? (Int128)_longs[record] : _wide[record];

    public void Set(int record, Amount amount, int capacity)
    {
        if (amount.IsFloating != floating)
        {
            throw new ArgumentException("An amount is exact where its measure is, and a double where that is one.");
        }

        if (floating)
        {
            Grow(ref _doubles, record, capacity);
            _doubles[record] = double.IsFinite(amount.Floating) ? amount.Floating : throw new ArgumentException("An amount is not finite.");
            return;
        }

        if (_wide is null && (amount.Exact > long.MaxValue || amount.Exact < long.MinValue))
        {
            _wide = Array.ConvertAll(_longs, number => (Int128)number);
            _longs = [];
        }

        if (_wide is not null)
        {
            Grow(ref _wide, record, capacity);
            _wide[record] = amount.Exact;
            return;
        }

        Grow(ref _longs, record, capacity);
        _longs[record] = (long)amount.Exact;
    }

    /// <summary>Room for all records; those never set are 0.</summary>
    public void Fill(int count)
    {
        if (floating)
        {
            Grow(ref _doubles, count - 1, count);
        }
        else if (_wide is not null)
        {
            Grow(ref _wide, count - 1, count);
        }
        else
        {
            Grow(ref _longs, count - 1, count);
        }
    }

    public double MagnitudeMax(int count)
    {
        var max = 0.0;
        foreach (var value in floating ? _doubles.AsSpan(0, count) : [])
        {
            max = Math.Max(max, Math.Abs(value));
        }

        return max;
    }

    public void Freeze(int exponent, int count)
    {
        _exponent = floating ? exponent : 0;
        foreach (var value in floating ? _doubles.AsSpan(0, count) : [])
        {
            FixedPoint.Floor(value, exponent, out var exact);
            Lossless &= exact;
        }
    }

    public void Reorder(int[] order)
    {
        _doubles = floating ? Reordered(_doubles, order) : _doubles;
        _longs = floating || _wide is not null ? _longs : Reordered(_longs, order);
        _wide = _wide is null ? null : Reordered(_wide, order);
    }

    public static T[] Reordered<T>(T[] items, int[] order)
    {
        var reordered = new T[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            reordered[i] = items[order[i]];
        }

        return reordered;
    }

    private static void Grow<T>(ref T[] array, int record, int capacity)
    {
        if (record >= array.Length)
        {
            Array.Resize(ref array, Math.Max(Math.Max(capacity, record + 1), 16));
        }
    }
}
