namespace Exchange.Privacy.SafeTables;

/// <summary>One measure of all records, column by column.</summary>
internal sealed class MeasureColumns(MeasureLayout layout)
{
    private readonly Int128? _low = layout is { Scale: { } scale, Low: { } low } ? Bounds.UnscaledUp(low, scale) : null;
    private readonly Int128? _high = layout is { Scale: { } scale, High: { } high } ? Bounds.Unscaled(high, scale) : null;
    private readonly double _lowest = layout.Low ?? double.MinValue;
    private readonly double _highest = layout.High ?? double.MaxValue;
    private readonly NumberColumn? _fromNearest = layout.NearestToZero == 0 ? null : new(layout.Floating);

    // Of most records a single row is all there is, and its value says everything: what a record of several values has lies in columns
    // of its own. Per record 0 without a value, 1 with one, otherwise the complement of its place in those; null while all have one.
    private readonly NumberColumn _gross = new(layout.Floating);
    private readonly NumberColumn _least = new(layout.Floating);
    private readonly NumberColumn _greatest = new(layout.Floating);
    private readonly NumberColumn _squares = new(layout.Floating);
    private readonly List<int> _several = [];
    private int[]? _values;
    private int _ones;
    private List<BinCount> _bins = [];
    private int[] _binsEnd = [];

    public NumberColumn Sum { get; } = new(layout.Floating);

    /// <summary>Whether values are doubles.</summary>
    public bool Floating { get; } = layout.Floating;

    /// <summary>Whether rule 2 counts from another point than zero.</summary>
    public bool Shifted => _fromNearest is not null;

    /// <summary>The granule of squares is 2 to this power; 0 for exact numbers.</summary>
    public int SquaresExponent { get; private set; }

    public int ValuesOf(int record) => CodeOf(record) is var code && code >= 0 ? code : _several[~code];

    private int CodeOf(int record) => _values is null ? 1 : _values[record];

    public Int128 GrossOf(int record)
    {
        if (CodeOf(record) is var code && code < 0)
        {
            return _gross[~code];
        }

        var sum = Sum[record];
        return sum < 0 ? -sum : sum;
    }

    public Int128 FromNearestOf(int record) => _fromNearest is null ? GrossOf(record) : _fromNearest[record];

    /// <summary>The sum of squares of a record that has a value, of a measure with squares.</summary>
    public Int128 SquaresOf(int record) => CodeOf(record) is var code && code < 0 ? _squares[~code]
        : layout.Floating ? FixedPoint.Floor(SquareOf(Sum.FloatingOf(record)), SquaresExponent, out _)
        : checked(Sum[record] * Sum[record]);

    public ReadOnlySpan<BinCount> BinsOf(int record) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bins)[(record == 0 ? 0 : _binsEnd[record - 1]).._binsEnd[record]];

    /// <summary>The sums of a record that has a value; of one row they are the value.</summary>
    public (Int128 Sum, Int128 Gross, Int128 Least, Int128 Greatest) Read(int record)
    {
        var sum = Sum[record];
        return CodeOf(record) is var code && code >= 0 ? (sum, sum < 0 ? -sum : sum, sum, sum) : (sum, _gross[~code], _least[~code], _greatest[~code]);
    }

    /// <summary>The contribution as it was set, of a record that has a value.</summary>
    public MeasureContribution ContributionOf(int record)
    {
        var (code, sum) = (CodeOf(record), Sum.AmountOf(record));
        var gross = code < 0 ? _gross.AmountOf(~code) : sum.IsFloating ? Math.Abs(sum.Floating) : Int128.Abs(sum.Exact);
        return new MeasureContribution
        {
            Values = ValuesOf(record),
            Sum = sum,
            Gross = gross,
            FromNearest = _fromNearest?.AmountOf(record) ?? gross,
            Squares = !layout.Squares ? default : code < 0 ? _squares.AmountOf(~code) : sum.IsFloating ? SquareOf(sum.Floating) : checked(sum.Exact * sum.Exact),
            Least = code < 0 ? _least.AmountOf(~code) : sum,
            Greatest = code < 0 ? _greatest.AmountOf(~code) : sum,
        };
    }

    public void Set(int record, in MeasureContribution contribution, ReadOnlySpan<BinCount> bins, int capacity)
    {
        Require(contribution, bins);
        if (contribution.Values > 0)
        {
            Sum.Set(record, contribution.Sum, capacity);
            _fromNearest?.Set(record, contribution.FromNearest, capacity);
        }

        if (contribution.Values > 1)
        {
            var place = _several.Count;
            _several.Add(contribution.Values);
            _gross.Set(place, contribution.Gross, 2 * place);
            _least.Set(place, contribution.Least, 2 * place);
            _greatest.Set(place, contribution.Greatest, 2 * place);
            if (layout.Squares)
            {
                _squares.Set(place, contribution.Squares, 2 * place);
            }

            Mark(record, ~place, capacity);
        }
        else
        {
            Mark(record, contribution.Values, capacity);
        }

        if (layout.Step is not null)
        {
            Grow(ref _binsEnd, record, capacity);
            _bins.AddRange(bins);
            _binsEnd[record] = _bins.Count;
        }
    }

    /// <summary>One row's value; a measure with bins or another point than zero takes whole contributions.</summary>
    public void SetRow(int record, double value, int capacity)
    {
        if (!layout.Floating || !(value >= _lowest && value <= _highest))
        {
            throw OutsideBounds();
        }

        Mark(record, 1, capacity);
        Sum.SetFloating(record, value, capacity);
    }

    /// <inheritdoc cref="SetRow(int, double, int)"/>
    public void SetRow(int record, long value, int capacity)
    {
        if (layout.Floating || value < _low || value > _high)
        {
            throw OutsideBounds();
        }

        Mark(record, 1, capacity);
        Sum.SetExact(record, value, capacity);
    }

    /// <summary>Whether a row's value is all that is kept of it.</summary>
    public bool Plain => !Shifted && layout.Step is null;

    public void Freeze(int count)
    {
        if (_values is not null || _ones != count)
        {
            Materialize(count);
            Array.Resize(ref _values, count);
        }

        if (layout.Step is not null)
        {
            Array.Resize(ref _binsEnd, count);
            for (var i = 1; i < count; i++)
            {
                _binsEnd[i] = Math.Max(_binsEnd[i], _binsEnd[i - 1]);
            }
        }

        (NumberColumn Column, int Count)[] linear =
        [
            .. PerRecord.Select(column => (column, count)),
            (_gross, _several.Count), (_least, _several.Count), (_greatest, _several.Count),
        ];
        foreach (var (column, own) in linear)
        {
            column.Fill(own);
        }

        // The edges of a histogram are subtracted from the values, and may be larger.
        var edges = layout.Step is null ? 0 : Math.Max(Math.Abs(layout.Low!.Value), Math.Abs(layout.High!.Value));
        var exponent = FixedPoint.ExponentFor(Math.Max(edges, linear.Max(one => one.Column.MagnitudeMax(one.Count))), count);
        Array.ForEach(linear, one => one.Column.Freeze(exponent, one.Count));
        FreezeSquares(count);
    }

    private void FreezeSquares(int count)
    {
        if (!layout.Squares || !layout.Floating)
        {
            return;
        }

        _squares.Fill(_several.Count);
        var most = _squares.MagnitudeMax(_several.Count);
        for (var record = 0; record < count; record++)
        {
            most = CodeOf(record) == 1 ? Math.Max(most, SquareOf(Sum.FloatingOf(record))) : most;
        }

        if (!double.IsFinite(most))
        {
            throw new ArgumentException($"A square of {layout.Name} is not finite.");
        }

        SquaresExponent = FixedPoint.ExponentFor(most, count);
        _squares.Freeze(SquaresExponent, _several.Count);
    }

    private static double SquareOf(double value) => value * value;

    public void Reorder(int[] order)
    {
        if (layout.Step is not null)
        {
            var bins = new List<BinCount>(_bins.Count);
            var ends = new int[order.Length];
            for (var i = 0; i < order.Length; i++)
            {
                bins.AddRange(BinsOf(order[i]));
                ends[i] = bins.Count;
            }

            (_bins, _binsEnd) = (bins, ends);
        }

        _values = _values is null ? null : NumberColumn.Reordered(_values, order);
        foreach (var column in PerRecord)
        {
            column.Reorder(order);
        }
    }

    private IEnumerable<NumberColumn> PerRecord => new[] { Sum, _fromNearest }.OfType<NumberColumn>();

    /// <summary>
    /// How far the gross sums of a record may be off, since they were summed, shifted or cut to the granule: at least as much, and 0 for
    /// exact measures and for one row counted from zero.
    /// </summary>
    public Int128 SlackOf(int record)
    {
        var code = CodeOf(record);
        if (!layout.Floating || code == 0)
        {
            return 0;
        }

        if (code == 1 && _fromNearest is null && layout.Use == MeasureUse.Published)
        {
            return Sum.Lossless && _gross.Lossless ? 0 : 2;
        }

        var gross = GrossOf(record);
        return gross > 0 ? ((gross + FromNearestOf(record)) >> 50) * ValuesOf(record) + 2 : 2;
    }

    /// <summary>The same for a sum of squares, every one of which was rounded.</summary>
    public Int128 SquaresSlackOf(int record, Int128 squares) =>
        !layout.Floating || squares == 0 ? 0 : (squares >> 50) * ValuesOf(record) + 2;

    private void Require(in MeasureContribution contribution, ReadOnlySpan<BinCount> bins)
    {
        if (contribution.Values < 0)
        {
            throw new ArgumentException("A number of values is negative.");
        }

        if (contribution.Values == 0)
        {
            return;
        }

        if (contribution.Values == 1 && (contribution.Least != contribution.Sum || contribution.Greatest != contribution.Sum
            || contribution.Gross != (layout.Floating ? (Amount)Math.Abs(contribution.Sum.Floating) : Int128.Abs(contribution.Sum.Exact))))
        {
            throw new ArgumentException($"A contribution of one row to {layout.Name} is not the row's.");
        }

        if (layout.Floating ? contribution.Gross.Floating < 0 || contribution.Least.Floating > contribution.Greatest.Floating
            || contribution.Least.Floating < layout.Low || contribution.Greatest.Floating > layout.High
            : contribution.Gross.Exact < Int128.Abs(contribution.Sum.Exact) || contribution.Least.Exact > contribution.Greatest.Exact
            || contribution.Least.Exact < _low || contribution.Greatest.Exact > _high)
        {
            throw OutsideBounds();
        }

        if (layout.Step is not null)
        {
            var inBins = 0;
            foreach (var bin in bins)
            {
                inBins = bin.Count > 0 && bin.Bin >= 0 && bin.Bin < layout.Edges.Count - 1 ? checked(inBins + bin.Count) : -1;
                if (inBins < 0)
                {
                    break;
                }
            }

            if (inBins != contribution.Values)
            {
                throw new ArgumentException($"The bins of a contribution to {layout.Name} do not hold its values.");
            }
        }
    }

    private void Mark(int record, int code, int capacity)
    {
        if (_values is null && code == 1 && record == _ones)
        {
            _ones++;
            return;
        }

        Materialize(capacity);
        Grow(ref _values!, record, capacity);
        _values[record] = code;
    }

    private void Materialize(int capacity)
    {
        if (_values is null)
        {
            _values = new int[Math.Max(capacity, _ones)];
            _values.AsSpan(0, _ones).Fill(1);
        }
    }

    private ArgumentException OutsideBounds() => new($"A contribution to {layout.Name} contradicts itself or the declared bounds.");

    private static void Grow<T>(ref T[] array, int record, int capacity)
    {
        if (record >= array.Length)
        {
            Array.Resize(ref array, Math.Max(Math.Max(capacity, record + 1), 16));
        }
    }
}
