namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Rule 6: the finest histogram of a set of atoms that may leave. Bins of the grid are joined from the lowest until each has rows of
/// min_units units; then, while p% fails with every value counted from the lower edge of its bin, bins are joined two by two. One bin
/// over all bounds says nothing and always may leave.
/// </summary>
internal sealed class HistogramRule(UnitContributions data, TableRules rules)
{
    private readonly Largest _largest = new(rules.Coalition + 1);
    private int[] _seenIn = [];
    private int _generation;

    /// <param name="tally">Loaded with the set and tallied for the measure.</param>
    /// <param name="measure">Position in the layout.</param>
    /// <param name="mayBeEdge">Edges of the grid that another table publishes for each part of the set; null for all.</param>
    public HistogramFigures Make(UnitTally tally, int measure, Func<double, bool>? mayBeEdge = null)
    {
        var grid = data.Layout.Measures[measure].Edges;
        var entries = Entries(tally, measure);
        var lowest = JoinUntilThreshold(entries, tally.Units, grid, mayBeEdge);
        while (lowest.Count > 1 && !PassesEstimate(tally, measure, entries, lowest))
        {
            lowest = [.. lowest.Where((_, position) => position % 2 == 0)];
        }

        var counts = new long[lowest.Count];
        foreach (var (bin, _, count) in entries)
        {
            counts[BinOf(lowest, bin)] += count;
        }

        return new([.. lowest.Select(bin => grid[bin]), grid[^1]], counts);
    }

    private List<(int Bin, int Slot, int Count)> Entries(UnitTally tally, int measure)
    {
        var entries = new List<(int Bin, int Slot, int Count)>(tally.RecordCount);
        var columns = data.Measure(measure);
        for (var i = 0; i < tally.RecordCount; i++)
        {
            foreach (var bin in columns.BinsOf(tally.Records[i]))
            {
                entries.Add((bin.Bin, tally.Slots[i], bin.Count));
            }
        }

        entries.Sort((one, other) => one.Bin.CompareTo(other.Bin));
        return entries;
    }

    /// <summary>The lowest bin of the grid in each joined one. What is left at the top joins the last.</summary>
    private List<int> JoinUntilThreshold(List<(int Bin, int Slot, int Count)> entries, int units, IReadOnlyList<double> grid, Func<double, bool>? mayBeEdge)
    {
        if (_seenIn.Length < units)
        {
            (_seenIn, _generation) = (new int[2 * units], 0);
        }

        var (lowest, inBin, last) = (new List<int> { 0 }, 0, -1);
        _generation++;
        foreach (var (bin, slot, _) in entries)
        {
            if (bin != last && inBin >= rules.MinUnits && FirstEdge(last + 1, bin) is { } edge)
            {
                lowest.Add(edge);
                inBin = 0;
                _generation++;
            }

            last = bin;
            inBin += _seenIn[slot] == _generation ? 0 : 1;
            _seenIn[slot] = _generation;
        }

        if (inBin < rules.MinUnits && lowest.Count > 1)
        {
            lowest.RemoveAt(lowest.Count - 1);
        }

        return lowest;

        int? FirstEdge(int from, int to)
        {
            for (var edge = from; edge <= to; edge++)
            {
                if (mayBeEdge is null || mayBeEdge(grid[edge]))
                {
                    return edge;
                }
            }

            return null;
        }
    }

    private bool PassesEstimate(UnitTally tally, int measure, List<(int Bin, int Slot, int Count)> entries, List<int> lowest)
    {
        var layout = data.Layout.Measures[measure];
        var columns = data.Measure(measure);
        var aboveEdge = new Int128[tally.Units];
        Int128 slack = 0;
        for (var i = 0; i < tally.RecordCount; i++)
        {
            var record = tally.Records[i];
            aboveEdge[tally.Slots[i]] += columns.Sum[record];
            slack += columns.SlackOf(record) + (layout.Floating && columns.ValuesOf(record) > 1 ? columns.GrossOf(record) >> 50 : 0);
        }

        Int128[] edges = [.. lowest.Select(bin => LowerEdge(layout, columns, bin))];
        foreach (var (bin, slot, count) in entries)
        {
            aboveEdge[slot] -= edges[BinOf(lowest, bin)] * count;
        }

        _largest.Clear();
        Int128 total = 0;
        for (var slot = 0; slot < tally.Units; slot++)
        {
            total += aboveEdge[slot];
            _largest.Add(aboveEdge[slot], slot);
        }

        return DisclosureRules.PassesEstimate(total, _largest.Total, tally.LargestGross.First, slack, rules.P);
    }

    /// <summary>The edge, rounded up, in the numbers of the measure.</summary>
    public static Int128 LowerEdge(MeasureLayout layout, MeasureColumns columns, int bin)
    {
        if (!layout.Floating)
        {
            return Bounds.UnscaledUp(layout.Edges[bin], layout.Scale!.Value);
        }

        var floor = FixedPoint.Floor(layout.Edges[bin], columns.Sum.Exponent, out var exact);
        return exact ? floor : floor + 1;
    }

    private static int BinOf(List<int> lowest, int bin)
    {
        var found = lowest.BinarySearch(bin);
        return found >= 0 ? found : ~found - 1;
    }
}
