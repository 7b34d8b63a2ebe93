using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>The second test of what only some blocks have: squared deviations and histograms.</summary>
internal static class FigureAudit
{
    public static DisclosureRule? SquaresFailure(int measure, TableRules rules, UnitContributions data, AuditUnits of, int[] records)
    {
        var (layout, columns) = (data.Layout.Measures[measure], data.Measure(measure));
        var units = new List<(Int128 Squares, Int128 Unknown)>();
        of.Begin(records.Length);
        var known = SquareRule.KnownSquare(layout, columns);
        var (values, sum, squares, slack, least, greatest) = (0L, Int128.Zero, Int128.Zero, Int128.Zero, Int128.MaxValue, Int128.MinValue);
        foreach (var record in records)
        {
            if (columns.ValuesOf(record) == 0)
            {
                continue;
            }

            var (own, number) = (columns.SquaresOf(record), of.NumberOf(record));
            if (number == units.Count)
            {
                units.Add(default);
            }

            units[number] = (units[number].Squares + own, units[number].Unknown + own - known * columns.ValuesOf(record));
            (values, sum, squares) = (values + columns.ValuesOf(record), sum + columns.Sum[record], squares + own);
            slack += columns.SquaresSlackOf(record, own);
            var (_, _, ownLeast, ownGreatest) = columns.Read(record);
            (least, greatest) = (Int128.Min(least, ownLeast), Int128.Max(greatest, ownGreatest));
        }

        var (unknown, largest) = (new Int128[units.Count], Int128.Zero);
        for (var i = 0; i < unknown.Length; i++)
        {
            (unknown[i], largest) = (-units[i].Unknown, Int128.Max(largest, units[i].Squares));
        }

        TableAudit.FirstSorted(unknown, rules.Coalition + 1);
        var remains = (Int128)(Total(unknown) - Total(unknown.AsSpan(0, rules.Coalition + 1)));
        var passes = DisclosureRules.PassesEstimate(remains, 0, largest, slack, rules.POfSquares)
            && DisclosureRules.PassesDeviation(
                values,
                SquareRule.Linear(sum, layout, columns),
                SquareRule.Squared(squares, layout, columns),
                SquareRule.Squared(slack, layout, columns),
                SquareRule.Linear(least, layout, columns),
                SquareRule.Linear(greatest, layout, columns));
        return passes ? null : DisclosureRule.Squares;
    }

    public static DisclosureRule? HistogramFailure(HistogramFigures histogram, int measure, TableRules rules, UnitContributions data, int[] records)
    {
        if (histogram.Counts.Count == 1)
        {
            return null;
        }

        var (layout, columns) = (data.Layout.Measures[measure], data.Measure(measure));
        var grid = (double[])layout.Edges;
        double[] edges = [.. histogram.Edges];
        int[] binOf = [.. grid.Select(edge => Array.BinarySearch(edges, edge) is var found && found >= 0 ? found : ~found - 1)];
        Int128[] lower = [.. edges[..^1].Select(edge => HistogramRule.LowerEdge(layout, columns, Array.BinarySearch(grid, edge)))];
        var unitsOf = histogram.Counts.Select(_ => new HashSet<int>()).ToArray();
        var (units, slack) = (new Dictionary<int, (Int128 Above, Int128 Gross)>(), Int128.Zero);
        foreach (var record in records.Where(record => columns.ValuesOf(record) > 0))
        {
            var unit = units.GetValueOrDefault(data.UnitOf(record));
            unit = (unit.Above + columns.Sum[record], unit.Gross + columns.GrossOf(record));
            foreach (var bin in columns.BinsOf(record))
            {
                unit.Above -= lower[binOf[bin.Bin]] * bin.Count;
                unitsOf[binOf[bin.Bin]].Add(data.UnitOf(record));
            }

            units[data.UnitOf(record)] = unit;
            slack += columns.SlackOf(record);
        }

        Int128[] above = [.. units.Values.Select(unit => -unit.Above)];
        Array.Sort(above);
        var remains = (Int128)(Total(above) - Total(above.AsSpan(0, rules.Coalition + 1)));
        var passes = Array.TrueForAll(unitsOf, own => own.Count >= rules.MinUnits)
            && DisclosureRules.PassesEstimate(remains, 0, units.Values.Max(unit => unit.Gross), slack, rules.P);
        return passes ? null : DisclosureRule.Histogram;
    }

    /// <summary>The total of numbers that were negated to sort the largest first.</summary>
    public static BigInteger Total(ReadOnlySpan<Int128> negated)
    {
        Int128 total = 0;
        foreach (var number in negated)
        {
            total = checked(total - number);
        }

        return total;
    }
}
