namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Numbers of one kind, one a record: 8 bytes each, or 16 where a whole number does not fit. Doubles are read as whole multiples of a
/// granule, which costs less than the memory for those.
/// </summary>
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

    /// <summary>The number, of doubles as multiples of the granule, from <see cref="Freeze"/> on.</summary>
    public Int128 this[int record] => floating ? FixedPoint.Floor(_doubles[record], _exponent, out _) : _wide is null ? _longs[record] : _wide[record];

    /// <summary>The number as it was set.</summary>
    public Amount AmountOf(int record) => floating ? _doubles[record] : _wide is null ? _longs[record] : _wide[record];

    /// <summary>The number as it was set, of a column of doubles.</summary>
    public double FloatingOf(int record) => _doubles[record];

    public void Set(int record, Amount amount, int capacity)
    {
        if (amount.IsFloating != floating)
        {
            throw new ArgumentException("An amount is exact where its measure is, and a double where that is one.");
        }

        if (floating)
        {
            SetFloating(record, double.IsFinite(amount.Floating) ? amount.Floating : throw new ArgumentException("An amount is not finite."), capacity);
            return;
        }

        if (_wide is null && amount.Exact <= long.MaxValue && amount.Exact >= long.MinValue)
        {
            SetExact(record, (long)amount.Exact, capacity);
            return;
        }

        if (_wide is null)
        {
            _wide = Array.ConvertAll(_longs, number => (Int128)number);
            _longs = [];
        }

        Grow(ref _wide, record, capacity);
        _wide[record] = amount.Exact;
    }

    /// <summary>A finite number of a column of doubles.</summary>
    public void SetFloating(int record, double value, int capacity)
    {
        Grow(ref _doubles, record, capacity);
        _doubles[record] = value;
    }

    /// <summary>A number of a column of exact ones.</summary>
    public void SetExact(int record, long value, int capacity)
    {
        if (_wide is not null)
        {
            Grow(ref _wide, record, capacity);
            _wide[record] = value;
            return;
        }

        Grow(ref _longs, record, capacity);
        _longs[record] = value;
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
        if (!floating)
        {
            return;
        }

        var inexact = 0;
        Parallelism.Ranges(count, (first, end) =>
        {
            for (var record = first; record < end; record++)
            {
                FixedPoint.Floor(_doubles[record], exponent, out var exact);
                if (!exact)
                {
                    Volatile.Write(ref inexact, 1);
                    break;
                }
            }
        });
        (_exponent, Lossless) = (exponent, inexact == 0);
    }

    /// <summary>Puts the numbers into another order, behind <see cref="Freeze"/>.</summary>
    public void Reorder(int[] order)
    {
        if (floating)
        {
            _doubles = Reordered(_doubles, order);
        }
        else if (_wide is null)
        {
            _longs = Reordered(_longs, order);
        }
        else
        {
            _wide = Reordered(_wide, order);
        }
    }

    public static T[] Reordered<T>(T[] items, int[] order)
    {
        var reordered = GC.AllocateUninitializedArray<T>(order.Length);
        Parallelism.Ranges(order.Length, (first, end) =>
        {
            for (var i = first; i < end; i++)
            {
                reordered[i] = items[order[i]];
            }
        });

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
