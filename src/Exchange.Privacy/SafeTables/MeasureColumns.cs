namespace Exchange.Privacy.SafeTables;

/// <summary>One measure of all records, column by column.</summary>
internal sealed class MeasureColumns(MeasureLayout layout)
{
    private readonly NumberColumn _gross = new(layout.Floating);
    private readonly Int128? _low = layout is { Scale: { } scale, Low: { } low } ? Bounds.UnscaledUp(low, scale) : null;
    private readonly Int128? _high = layout is { Scale: { } scale, High: { } high } ? Bounds.Unscaled(high, scale) : null;
    private readonly NumberColumn? _fromNearest = layout.NearestToZero == 0 ? null : new(layout.Floating);
    private int[] _values = [];
    private List<BinCount> _bins = [];
    private int[] _binsEnd = [];

    public NumberColumn Sum { get; } = new(layout.Floating);

    public NumberColumn Gross => _gross;

    public NumberColumn FromNearest => _fromNearest ?? _gross;

    public NumberColumn? Squares { get; } = layout.Squares ? new(layout.Floating) : null;

    public NumberColumn Least { get; } = new(layout.Floating);

    public NumberColumn Greatest { get; } = new(layout.Floating);

    public int ValuesOf(int record) => _values[record];

    public ReadOnlySpan<BinCount> BinsOf(int record) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bins)[(record == 0 ? 0 : _binsEnd[record - 1]).._binsEnd[record]];

    /// <summary>The sums of a record that has a value; of one row they are the value.</summary>
    public (Int128 Sum, Int128 Gross, Int128 Least, Int128 Greatest) Read(int record)
    {
        var sum = Sum[record];
        return _values[record] == 1 ? (sum, sum < 0 ? -sum : sum, sum, sum) : (sum, _gross[record], Least[record], Greatest[record]);
    }

    /// <summary>The contribution as it was set, of a record that has a value.</summary>
    public MeasureContribution ContributionOf(int record) => new()
    {
        Values = _values[record],
        Sum = Sum.AmountOf(record),
        Gross = _gross.AmountOf(record),
        FromNearest = FromNearest.AmountOf(record),
        Squares = (Squares ?? Sum).AmountOf(record),
        Least = Least.AmountOf(record),
        Greatest = Greatest.AmountOf(record),
    };

    public void Set(int record, in MeasureContribution contribution, ReadOnlySpan<BinCount> bins, int capacity)
    {
        Require(contribution, bins);
        Grow(ref _values, record, capacity);
        _values[record] = contribution.Values;
        if (contribution.Values > 0)
        {
            Sum.Set(record, contribution.Sum, capacity);
            _gross.Set(record, contribution.Gross, capacity);
            _fromNearest?.Set(record, contribution.FromNearest, capacity);
            Squares?.Set(record, contribution.Squares, capacity);
            Least.Set(record, contribution.Least, capacity);
            Greatest.Set(record, contribution.Greatest, capacity);
        }

        if (layout.Step is not null)
        {
            Grow(ref _binsEnd, record, capacity);
            _bins.AddRange(bins);
            _binsEnd[record] = _bins.Count;
        }
    }

    public void Freeze(int count)
    {
        Array.Resize(ref _values, count);
        if (layout.Step is not null)
        {
            Array.Resize(ref _binsEnd, count);
            for (var i = 1; i < count; i++)
            {
                _binsEnd[i] = Math.Max(_binsEnd[i], _binsEnd[i - 1]);
            }
        }

        var linear = Linear;
        foreach (var column in All)
        {
            column.Fill(count);
        }

        // The edges of a histogram are subtracted from the values, and may be larger.
        var edges = layout.Step is null ? 0 : Math.Max(Math.Abs(layout.Low!.Value), Math.Abs(layout.High!.Value));
        var exponent = FixedPoint.ExponentFor(Math.Max(edges, linear.Max(column => column.MagnitudeMax(count))), count);
        Array.ForEach(linear, column => column.Freeze(exponent, count));
        Squares?.Freeze(FixedPoint.ExponentFor(Squares.MagnitudeMax(count), count), count);
    }

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

        _values = NumberColumn.Reordered(_values, order);
        Array.ForEach(All, column => column.Reorder(order));
    }

    private NumberColumn[] Linear => _fromNearest is null ? [Sum, _gross, Least, Greatest] : [Sum, _gross, Least, Greatest, _fromNearest];

    private NumberColumn[] All => Squares is null ? Linear : [.. Linear, Squares];

    /// <summary>
    /// How far the gross sums of a record may be off, since they were summed, shifted or cut to the granule: at least as much, and 0 for
    /// exact measures and for one row counted from zero.
    /// </summary>
    public Int128 SlackOf(int record)
    {
        if (!layout.Floating || _values[record] == 0)
        {
            return 0;
        }

        var rounded = _values[record] > 1 || _fromNearest is not null || layout.Use != MeasureUse.Published;
        return !rounded ? _gross.Lossless ? 0 : 2
            : _gross[record] is var gross && gross > 0 ? ((gross + FromNearest[record]) >> 50) * _values[record] + 2
            : 2;
    }

    /// <summary>The same for a sum of squares, every one of which was rounded.</summary>
    public Int128 SquaresSlackOf(int record, Int128 squares) =>
        !layout.Floating || squares == 0 ? 0 : (squares >> 50) * _values[record] + 2;

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
            throw new ArgumentException($"A contribution to {layout.Name} contradicts itself or the declared bounds.");
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

    private static void Grow<T>(ref T[] array, int record, int capacity)
    {
        if (record >= array.Length)
        {
            Array.Resize(ref array, Math.Max(Math.Max(capacity, record + 1), 16));
        }
    }
}
