namespace Exchange.Privacy.SafeTables;

/// <summary>
/// What a correction changed, record by record: what is there as it was, what is gone and what is new. Records are rows where they can be
/// (then a unit that loses one of several has lost that one), and otherwise all that a unit has in a combination of values. A unit of which
/// something is gone and something is new may be one whose rows were mended, and counts as one.
/// </summary>
public sealed class RowDifference
{
    /// <summary>A sum of doubles in another order differs by less than this share of its gross.</summary>
    private const double SumTolerance = 1e-12;

    private RowDifference(TableLayout layout)
    {
        UnitContributions Empty() => new(layout) { KeepsNumbers = true };
        (Removed, Remaining, Arrived) = (Empty(), Empty(), Empty());
    }

    /// <summary>Only in what was.</summary>
    public UnitContributions Removed { get; }

    /// <summary>In both alike.</summary>
    public UnitContributions Remaining { get; }

    /// <summary>Only in what is.</summary>
    public UnitContributions Arrived { get; }

    /// <summary>Units of which something is gone and something is new. None where every row is a unit.</summary>
    internal HashSet<int> MendedUnits { get; private set; } = [];

    /// <param name="records">What was, and after it what is, with one numbering of units; fixed from here on.</param>
    /// <param name="before">How many of the records are of what was.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not so many.</exception>
    public static RowDifference Of(UnitContributions records, int before)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(before, records.Count);
        records.Freeze();
        var difference = new RowDifference(records.Layout);
        var present = new Dictionary<int, Stack<int>>(new Places(records));
        for (var record = before; record < records.Count; record++)
        {
            if (!present.TryGetValue(record, out var same))
            {
                present.Add(record, same = []);
            }

            same.Push(record);
        }

        for (var record = 0; record < before; record++)
        {
            var remains = present.TryGetValue(record, out var same) && same.TryPop(out _);
            (remains ? difference.Remaining : difference.Removed).AddFrom(records, record);
        }

        foreach (var arrived in present.Values.SelectMany(same => same).Order())
        {
            difference.Arrived.AddFrom(records, arrived);
        }

        if (!records.Layout.UnitIsRow)
        {
            difference.MendedUnits = UnitsOf(difference.Removed);
            difference.MendedUnits.IntersectWith(UnitsOf(difference.Arrived));
        }

        return difference;
    }

    private static HashSet<int> UnitsOf(UnitContributions records) => [.. Enumerable.Range(0, records.Count).Select(records.UnitOf)];

    private static bool Alike(UnitContributions records, int one, int other)
    {
        for (var i = 0; i < records.Layout.Measures.Count; i++)
        {
            var measure = records.Measure(i);
            if (measure.ValuesOf(one) != measure.ValuesOf(other) || (measure.ValuesOf(one) > 0 && !Alike(measure, one, other))
                || (records.Layout.Measures[i].Step is not null && !Bins(measure, one).SequenceEqual(Bins(measure, other))))
            {
                return false;
            }
        }

        return records.RowsOf(one) == records.RowsOf(other);
    }

    private static BinCount[] Bins(MeasureColumns measure, int record)
    {
        BinCount[] bins = [.. measure.BinsOf(record)];
        Array.Sort(bins, (one, other) => one.Bin.CompareTo(other.Bin));
        return bins;
    }

    private static bool Alike(MeasureColumns measure, int one, int other)
    {
        var (first, second) = (measure.ContributionOf(one), measure.ContributionOf(other));
        bool Same(Amount a, Amount b) => a == b
            || (a.IsFloating && b.IsFloating && first.Values > 1 && Math.Abs(a.Floating - b.Floating) <= SumTolerance * Math.Max(Math.Abs(a.Floating), first.Gross.Floating));
        return first.Least == second.Least && first.Greatest == second.Greatest && Same(first.Sum, second.Sum) && Same(first.Gross, second.Gross)
            && Same(first.FromNearest, second.FromNearest) && Same(first.Squares, second.Squares);
    }

    /// <summary>Records of one unit in one combination of values that are alike; where every row is a unit, of whichever.</summary>
    private sealed class Places(UnitContributions records) : IEqualityComparer<int>
    {
        private readonly bool _unitIsRow = records.Layout.UnitIsRow;

        public bool Equals(int x, int y) =>
            (_unitIsRow || records.UnitOf(x) == records.UnitOf(y)) && records.CodesOf(x).SequenceEqual(records.CodesOf(y)) && Alike(records, x, y);

        public int GetHashCode(int obj)
        {
            var hash = default(HashCode);
            foreach (var code in records.CodesOf(obj))
            {
                hash.Add(code);
            }

            if (!_unitIsRow)
            {
                hash.Add(records.UnitOf(obj));
            }

            // Sums of several rows are alike where they are nearly the same; there is one of a unit in a combination.
            for (var i = 0; i < records.Layout.Measures.Count && records.RowsOf(obj) == 1; i++)
            {
                hash.Add(records.Measure(i).ValuesOf(obj) > 0 ? records.Measure(i).Sum.AmountOf(obj) : default);
            }

            return hash.ToHashCode();
        }
    }
}
