using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;

namespace Exchange.Engines;

/// <summary>
/// Completes cells with what the release rules ask for, the same for every engine: 1 the sums that are not settled are recounted
/// by unit; 2 what follows by subtraction, exactly or too closely, is found from the cells' atoms; 3 what of that is not settled is recounted too; 4 histograms
/// are made, of bins that keep the rules; 5 units are counted where the question asks for their number.
/// Cells with too few units are left as they are: nothing brings them back.
/// </summary>
internal sealed class CellChecks(ApprovedFragment fragment, UnitRule rule, ICellScans scans)
{
    /// <summary>Most atoms of all cells together.</summary>
    public const int AtomsMax = 200_000;

    /// <summary>Most numbers of units by bins of one histogram.</summary>
    public const int UnitBinsMax = 5_000_000;

    /// <summary>Most different sets that are recounted in one scan; cells that need others are withheld.</summary>
    private const int SetsMax = 64;

    private readonly Dictionary<string, IReadOnlyList<ulong>?> _smallest = [];

    /// <summary>What the state of an aggregate tells of a contribution.</summary>
    public static GrossTotal TotalOf(ApprovedFragment fragment, int contribution, PartialState[] states)
    {
        var of = fragment.Contributions[contribution];
        return of.TotalOf(states[of.SumOf], fragment.Aggregates[of.SumOf]);
    }

    /// <summary>The cells with exact totals where those are needed, and their differences.</summary>
    public IReadOnlyList<RawCell> Complete(IReadOnlyList<RawCell> cells)
    {
        if (fragment.Contributions.Count == 0 && fragment.Gaps.Count == 0 && fragment.Audit is null && fragment.Aggregates.All(aggregate => aggregate.Grid is null && aggregate.Kind != AggregateKind.Units))
        {
            return cells;
        }

        var completed = cells.ToArray();
        RecountTotals(completed);
        if (fragment.Audit is not null)
        {
            AddDifferences(completed);
        }

        AddHistograms(completed);
        CountUnits(completed);
        return completed;
    }

    // 1
    private void RecountTotals(RawCell[] cells)
    {
        var needed = new List<int>();
        for (var index = 0; index < cells.Length; index++)
        {
            if (rule.HasEnoughUnits(cells[index].Supports) && !(AllSettled(cells[index]) && fragment.Gaps.All(gap => rule.IsSettled(gap, cells[index].Supports))))
            {
                needed.Add(index);
            }
        }

        if (needed.Count == 0)
        {
            return;
        }

        var counts = scans.Recount(needed,
        [
            .. fragment.Contributions.Select(contribution => new Figure(fragment.Supports[contribution.Support], contribution)),
            .. fragment.Gaps.Select(gap => new Figure(gap.Missing, null)),
        ]);
        foreach (var index in needed)
        {
            var (cell, of) = (cells[index], counts[index]);
            cells[index] = cell with
            {
                Totals = [.. cell.Totals.Select((total, contribution) => total with { Units = of[contribution].Totals })],
                MissingUnits = [.. of.Skip(cell.Totals.Length).Select(missing => (long?)missing.Units)],
            };
        }
    }

    private bool AllSettled(RawCell cell)
    {
        for (var contribution = 0; contribution < cell.Totals.Length; contribution++)
        {
            if (!rule.IsSettled(contribution, cell.Totals[contribution], cell.Supports[fragment.Contributions[contribution].Support]))
            {
                return false;
            }
        }

        return true;
    }

    // 2
    private void AddDifferences(RawCell[] cells)
    {
        var atoms = scans.ReadAtoms()?.ToLookup(atom => atom.Cell);
        var open = new List<(int Cell, int Difference, Set Set)>();
        var differences = new List<DifferenceCount>?[cells.Length];
        for (var index = 0; index < cells.Length; index++)
        {
            if (atoms is null || SetsOf([.. atoms[index]]) is not { } sets)
            {
                continue;
            }

            differences[index] = [];
            foreach (var (set, count) in sets)
            {
                if (!IsSettled(count))
                {
                    open.Add((index, differences[index]!.Count, set));
                }

                differences[index]!.Add(count);
            }
        }

        Recount(open, differences);
        for (var index = 0; index < cells.Length; index++)
        {
            cells[index] = cells[index] with { Differences = differences[index] };
        }
    }

    private bool IsSettled(DifferenceCount count) => rule.HasEnoughUnits(count.Support)
        && (count.Contribution < 0 || rule.IsSettled(count.Contribution, count.Total, count.Support));

    /// <summary>The sets whose figures follow from those of one cell; null when there are too many atoms or figures to tell.</summary>
    private List<(Set Set, DifferenceCount Count)>? SetsOf(IReadOnlyList<Atom> atoms)
    {
        var sets = new List<(Set, DifferenceCount)>();
        for (var kind = 0; kind < fragment.Audit!.Kinds.Count; kind++)
        {
            var (contribution, mask) = fragment.Audit.Kinds[kind];
            var merged = atoms.Where(atom => (atom.Pattern & mask) != 0).GroupBy(atom => atom.Pattern & mask).OrderBy(same => same.Key).ToList();
            ulong[] patterns = [.. merged.Select(same => same.Key)];
            if (SmallestOf(patterns) is not { } smallest)
            {
                return null;
            }

            var sums = merged.ConvertAll(same => (Rows: same.Sum(atom => atom.Rows), Gross: contribution < 0 ? 0 : same.Sum(atom => atom.Gross[kind])));
            AtomRoom[] rooms = [.. merged.Select((same, atom) => contribution < 0 ? RoomOfRows([.. same]) : fragment.Contributions[contribution].RoomOf(sums[atom].Rows, sums[atom].Gross))];
            foreach (var set in smallest.Concat(NarrowSets(contribution, mask, patterns, sums, rooms)).Distinct())
            {
                sets.Add((new Set(contribution, mask, string.Join(',', patterns.Where((_, atom) => (set >> atom & 1) != 0))), CountOf(contribution, set, sums)));
            }
        }

        return sets;
    }

    /// <summary>
    /// Atoms, and what two figures have in common or one alone, that are known too closely though they do not follow exactly, and that
    /// the bounds do not settle. They are held to the rules as if they followed.
    /// </summary>
    private IEnumerable<ulong> NarrowSets(int contribution, ulong mask, ulong[] patterns, List<(long Rows, double Gross)> sums, AtomRoom[] rooms)
    {
        var of = contribution < 0 ? null : fragment.Contributions[contribution];
        foreach (var set in TargetsOf(mask, patterns))
        {
            var count = CountOf(contribution, set, sums);
            if (IsSettled(count))
            {
                continue;
            }

            // A count must look as if it could be of enough units, and of fewer.
            var up = of is null ? Math.Max(1, fragment.Rules.MinUnits - count.Support.Rows) : fragment.Rules.ProtectionOf(of, count.Total.Gross);
            var down = of is null ? 1 : Math.Min(up, count.Total.Gross);
            if (!AtomIntervals.IsWide(patterns, rooms, set, up, down))
            {
                yield return set;
            }
        }
    }

    private AtomRoom RoomOfRows(Atom[] atoms) => AtomRoom.OfRows(
        atoms.Sum(atom => atom.Rows),
        from kind in fragment.Audit!.Kinds.Index()
        where kind.Item.Contribution >= 0
        let range = fragment.Contributions[kind.Item.Contribution].Range
        select (Math.Max(range.Low, -range.High), Math.Max(Math.Abs(range.Low), Math.Abs(range.High)), atoms.Sum(atom => atom.Gross[kind.Index])));

    private static IEnumerable<ulong> TargetsOf(ulong mask, ulong[] patterns)
    {
        ulong[] figures = [.. Enumerable.Range(0, 64).Where(bit => (mask >> bit & 1) != 0).Select(bit => AtomsWhere(patterns, pattern => (pattern >> bit & 1) != 0))];
        return patterns.Select((_, atom) => 1UL << atom)
            .Concat(figures.SelectMany((one, index) => figures.Skip(index + 1).SelectMany(other => new[] { one & other, one & ~other, other & ~one })))
            .Where(set => set != 0).Distinct();
    }

    private static ulong AtomsWhere(ulong[] patterns, Func<ulong, bool> holds) =>
        patterns.Index().Where(atom => holds(atom.Item)).Aggregate(0UL, (set, atom) => set | 1UL << atom.Index);

    private static DifferenceCount CountOf(int contribution, ulong set, List<(long Rows, double Gross)> sums)
    {
        var members = sums.Where((_, atom) => (set >> atom & 1) != 0).ToList();
        return new DifferenceCount(contribution, new SupportCount(members.Sum(sum => sum.Rows), null), new GrossTotal(members.Sum(sum => sum.Gross), null));
    }

    private IReadOnlyList<ulong>? SmallestOf(ulong[] patterns)
    {
        // Most cells have rows in the same atoms.
        var key = string.Join(',', patterns);
        if (!_smallest.TryGetValue(key, out var sets))
        {
            _smallest.Add(key, sets = AtomSets.Smallest(patterns));
        }

        return sets;
    }

    // 3
    private void Recount(List<(int Cell, int Difference, Set Set)> open, List<DifferenceCount>?[] differences)
    {
        var sets = open.Select(one => one.Set).Distinct().Take(SetsMax).ToList();
        var cells = open.Where(one => sets.Contains(one.Set)).Select(one => one.Cell).Distinct().ToList();
        if (cells.Count == 0)
        {
            return;
        }

        var counts = scans.Recount(cells, [.. sets.Select(set => new Figure(set.Condition(fragment), set.Contribution < 0 ? null : fragment.Contributions[set.Contribution]))]);
        foreach (var (cell, difference, set) in open)
        {
            if (sets.IndexOf(set) is var index and >= 0)
            {
                var known = differences[cell]![difference];
                var counted = counts[cell][index];
                differences[cell]![difference] = known with { Support = known.Support with { Units = counted.Units }, Total = known.Total with { Units = counted.Totals } };
            }
        }
    }

    // 4
    private void AddHistograms(RawCell[] cells)
    {
        int[] wanted = [.. Enumerable.Range(0, cells.Length).Where(index => rule.HasEnoughUnits(cells[index].Supports))];
        var made = new Dictionary<(Expression, Expression?), Dictionary<int, RawHistogram>>();
        for (var index = 0; index < fragment.Aggregates.Count && wanted.Length > 0; index++)
        {
            var aggregate = fragment.Aggregates[index];
            if (aggregate.Grid is null)
            {
                continue;
            }

            if (!made.TryGetValue((aggregate.Argument!, aggregate.Filter), out var histograms))
            {
                made.Add((aggregate.Argument!, aggregate.Filter), histograms = HistogramsOf(wanted, aggregate));
            }

            foreach (var (cell, histogram) in histograms)
            {
                cells[cell] = cells[cell] with { Histograms = new Dictionary<int, RawHistogram>(cells[cell].Histograms) { [index] = histogram } };
            }
        }
    }

    private Dictionary<int, RawHistogram> HistogramsOf(int[] wanted, ApprovedAggregate aggregate)
    {
        var bins = scans.ReadBins(wanted, aggregate, rule.RowsAreUnits)
            ?? throw Reasons.TooManyGroups.Because("A histogram has too many units to be checked bin by bin.", "Filter, or ask for less than a smallest or largest value or a quantile.");
        var join = new BinRule(fragment.Rules, aggregate.Grid!);
        return wanted.ToDictionary(cell => cell, cell => join.Join(bins.GetValueOrDefault(cell) ?? []));
    }

    // 5
    private void CountUnits(RawCell[] cells)
    {
        int[] asked = [.. Enumerable.Range(0, fragment.Aggregates.Count).Where(index => fragment.Aggregates[index].Kind == AggregateKind.Units)];
        int[] wanted = asked.Length == 0 ? [] : [.. Enumerable.Range(0, cells.Length).Where(index => rule.HasEnoughUnits(cells[index].Supports))];
        if (wanted.Length == 0)
        {
            return;
        }

        foreach (var (cell, counts) in scans.Recount(wanted, [.. asked.Select(index => new Figure(fragment.Aggregates[index].Filter, null))]))
        {
            PartialState[] states = [.. cells[cell].States];
            for (var i = 0; i < asked.Length; i++)
            {
                states[asked[i]] = new PartialState(counts[i].Units, counts[i].Units);
            }

            cells[cell] = cells[cell] with { States = states };
        }
    }

    /// <summary>A set of atoms, the same in whichever cell it occurs.</summary>
    private sealed record Set(int Contribution, ulong Mask, string Patterns)
    {
        public Expression Condition(ApprovedFragment fragment)
        {
            Expression[] atoms = [.. Patterns.Split(',').Select(pattern => fragment.WhereExactly(ulong.Parse(pattern, System.Globalization.CultureInfo.InvariantCulture), Mask))];
            return atoms.Length == 1 ? atoms[0] : new Expression { Call = new Call { Operator = Operator.Or, Arguments = { atoms } } };
        }
    }
}
