using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Query.Rules;

/// <summary>
/// Rule 6: the finest histogram of a cell that may leave. Bins of the grid are joined from the lowest until each has values of
/// <c>min_units</c> units; then, while p% fails with every value counted from the lower edge of its bin, bins are joined two by two.
/// One bin over all bounds says nothing and always may leave.
/// </summary>
public sealed class BinRule(ReleaseRules rules, ValueGrid grid)
{
    private sealed class Unit
    {
        public double Above;
        public double Gross;
    }

    /// <summary>Joins what the units of one cell have, in any order.</summary>
    public RawHistogram Join(IEnumerable<UnitBin> values)
    {
        UnitBin[] sorted = [.. values.OrderBy(value => value.Bin)];
        var lowest = JoinUntilThreshold(sorted);
        var histogram = Make(sorted, lowest);
        while (lowest.Count > 1 && !rules.MayRelease(histogram))
        {
            lowest = [.. lowest.Where((_, position) => position % 2 == 0)];
            histogram = Make(sorted, lowest);
        }

        return histogram;
    }

    /// <summary>The lowest bin of the grid in each joined one. What is left at the top joins the last.</summary>
    private List<int> JoinUntilThreshold(UnitBin[] sorted)
    {
        var (lowest, units, last) = (new List<int> { 0 }, default(UnitCounter), -1);
        foreach (var value in sorted)
        {
            if (value.Bin != last && units.Count >= rules.MinUnits)
            {
                lowest.Add(last + 1);
                units = default;
            }

            last = value.Bin;
            units.Add(value);
        }

        if (units.Count < rules.MinUnits && lowest.Count > 1)
        {
            lowest.RemoveAt(lowest.Count - 1);
        }

        return lowest;
    }

    private RawHistogram Make(UnitBin[] sorted, List<int> lowest)
    {
        var bins = new RawBin[lowest.Count];
        var at = 0;
        for (var bin = 0; bin < bins.Length; bin++)
        {
            var behind = bin + 1 < lowest.Count ? lowest[bin + 1] : grid.Count;
            var (count, units) = (0L, default(UnitCounter));
            for (; at < sorted.Length && sorted[at].Bin < behind; at++)
            {
                count += sorted[at].Rows;
                units.Add(sorted[at]);
            }

            bins[bin] = new RawBin(grid.Edges[lowest[bin]], grid.Edges[behind], count, units.Count);
        }

        return WithTotals(sorted, bins);
    }

    private RawHistogram WithTotals(UnitBin[] sorted, RawBin[] bins)
    {
        var units = new Dictionary<long, Unit>();
        var largest = new LargestFew(1 + rules.Coalition);
        var (bin, excess, largestGross, scale) = (0, 0.0, 0.0, 0.0);
        foreach (var value in sorted)
        {
            while (grid.Edges[value.Bin] >= bins[bin].High && bin < bins.Length - 1)
            {
                bin++;
            }

            var edges = bins[bin].Low * value.Rows;
            scale += Math.Abs(value.Sum) + Math.Abs(edges);
            if (value.Unit < 0)
            {
                // Of the others it is known only that none has more than the largest.
                excess += Math.Max(0, value.Sum - edges);
                largestGross = Math.Max(largestGross, Math.Max(Math.Abs(value.Max), Math.Abs(Math.Min(0, grid.Edges[value.Bin]))));
                for (var unit = 0; unit < Math.Min(value.Rows, 1 + rules.Coalition); unit++)
                {
                    largest.Add(Math.Max(0, value.Max - bins[bin].Low));
                }

                continue;
            }

            if (!units.TryGetValue(value.Unit, out var sums))
            {
                units.Add(value.Unit, sums = new Unit());
            }

            // A bin has one sign, but for the one around zero: there a sum may cancel, and the largest value of the bin is taken instead.
            var crossing = grid.Edges[value.Bin] < 0 && grid.Edges[value.Bin + 1] > 0;
            sums.Above += Math.Max(0, value.Sum - edges);
            sums.Gross += crossing ? value.Rows * Math.Max(-grid.Edges[value.Bin], grid.Edges[value.Bin + 1]) : Math.Abs(value.Sum);
        }

        foreach (var unit in units.Values)
        {
            excess += unit.Above;
            largest.Add(unit.Above);
            largestGross = Math.Max(largestGross, unit.Gross);
        }

        return new RawHistogram(bins, excess, largest.Total, largestGross, 1e-11 * scale);
    }

    /// <summary>Distinct units of entries that come in any order.</summary>
    private struct UnitCounter
    {
        private HashSet<long>? _seen;
        private long _single;

        public readonly long Count => _single + (_seen?.Count ?? 0);

        public void Add(UnitBin value)
        {
            if (value.Unit < 0)
            {
                _single += value.Rows;
            }
            else
            {
                (_seen ??= []).Add(value.Unit);
            }
        }
    }

    /// <summary>The sum of the largest few numbers.</summary>
    private sealed class LargestFew(int count)
    {
        private readonly PriorityQueue<double, double> _few = new();

        public double Total => _few.UnorderedItems.Sum(item => item.Element);

        public void Add(double number)
        {
            if (_few.Count < count)
            {
                _few.Enqueue(number, number);
            }
            else if (number > _few.Peek())
            {
                _few.EnqueueDequeue(number, number);
            }
        }
    }
}
