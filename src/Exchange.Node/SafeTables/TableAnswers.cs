using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Answers an approved fragment from a safe table and from nothing else: the data are not looked at, so every answer, note and refusal
/// is a function of the table.
/// </summary>
internal sealed class TableAnswers
{
    private readonly Product _product;
    private readonly LiveTable _live;
    private readonly SafeTableQuery _query;
    private readonly Fragment _fragment;
    private readonly TableFilters _filters;
    private readonly int _asked;
    private readonly List<(GroupKey Key, List<object?> Classes)> _keys;
    private readonly int[] _measures;

    private TableAnswers(Fragment fragment, Product product, LiveTable live, SafeTableQuery query)
    {
        (_fragment, _product, _live, _query) = (fragment, product, live, query);
        _measures = [.. fragment.Aggregates.Select(aggregate => aggregate.Kind is AggregateKind.CountRows or AggregateKind.Units ? -1 : MeasureOf(aggregate.Argument))];
        _filters = new TableFilters(product, live);
        _asked = CoarserDimensions.AskedBy(fragment);
        _keys = [.. fragment.GroupBy.Select(GroupingOf)];
    }

    /// <summary>The cells in which blocks lie. A figure that the table does not have for a cell is NULL, or its cell is left out where it is a count.</summary>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c>, <c>FILTER_BETWEEN_CUTS</c>, <c>TOO_MANY_GROUPS</c>.</exception>
    public static IReadOnlyList<ReleasedCell> Answer(Fragment fragment, Product product, LiveTable live, int cellsMax)
    {
        return Bounded(new TableAnswers(fragment, product, live, live.Query).Cells(), cellsMax);
    }

    /// <summary>
    /// As <see cref="Answer"/>, from the blocks alone that a common pattern names; the others of the cell count as touching it. They are the
    /// asker's choice, and any choice of blocks is as safe as all of them.
    /// </summary>
    /// <exception cref="ExchangeException">As <see cref="Answer"/>.</exception>
    public static IReadOnlyList<ReleasedCell> AnswerCommon(Fragment fragment, Product product, LiveTable live, TablePattern common, int cellsMax)
    {
        var whole = new TableAnswers(fragment, product, live, live.Query).Cells().ToDictionary(KeyText);
        var cells = new List<ReleasedCell>();
        foreach (var cell in new TableAnswers(fragment, product, live, TablePatterns.Excerpt(live, common)).Cells())
        {
            cells.Add(whole.TryGetValue(KeyText(cell), out var all)
                ? cell with { TouchingUnits = Math.Max(0, all.TouchingUnits + all.CoveredUnits - cell.CoveredUnits), Coarser = all.Coarser } : cell);
        }

        return Bounded(cells, cellsMax);
    }

    private static string KeyText(ReleasedCell cell) => string.Concat(cell.Key.Select(key => key is null ? "-;" : $"{TableLabels.TextOf(key).Length}:{TableLabels.TextOf(key)};"));

    private static List<ReleasedCell> Bounded(List<ReleasedCell> cells, int cellsMax)
    {
        return cells.Count <= cellsMax ? cells
            : throw Reasons.TooManyGroups.Because($"The question has more than {cellsMax} groups.", "Group by fewer columns.");
    }

    private List<ReleasedCell> Cells()
    {
        var groups = _keys.Select(key => key.Key).ToList();
        var where = _filters.Of(_fragment.Where);
        var filtered = new Dictionary<Expression, IReadOnlyList<CellAnswer>>();
        foreach (var filter in _fragment.Aggregates.Select(aggregate => aggregate.Filter).OfType<Expression>().Distinct())
        {
            filtered.Add(filter, _query.Group(CellFilter.And(where, _filters.Of(filter)), groups));
        }

        // Cells come in the order of their keys, so that those of another filter are found in passing.
        var (cells, byAggregate) = (new List<ReleasedCell>(), _fragment.Aggregates.Select(aggregate => aggregate.Filter is null ? null : new Passing(filtered[aggregate.Filter])).ToArray());
        foreach (var answer in _query.Group(where, groups))
        {
            if (CellOf(answer, byAggregate) is { } cell)
            {
                cells.Add(cell);
            }
        }

        return cells;
    }

    private ReleasedCell? CellOf(CellAnswer answer, Passing?[] filtered)
    {
        var states = new PartialState[_fragment.Aggregates.Count];
        var (touching, covered) = (0L, long.MaxValue);
        CoarserDimensions? coarser = null;
        for (var i = 0; i < states.Length; i++)
        {
            var aggregate = _fragment.Aggregates[i];
            var part = filtered[i] is { } others ? others.Find(answer.Key) : answer;
            if ((part is null ? Absent(aggregate) : StateOf(aggregate, _measures[i], part)) is not { } figure)
            {
                return null;
            }

            states[i] = figure.State;
            touching = Math.Max(touching, figure.Touching);
            covered = Math.Min(covered, part is null ? 0 : figure.Covered);
            if (part?.CoarserGrouping is { } kept)
            {
                (coarser ??= new CoarserDimensions(_live, _asked)).Add(kept);
            }
        }

        var key = new object?[_keys.Count];
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = _keys[i].Classes[answer.Key[i]];
        }

        return new ReleasedCell(key, states, touching) { CoveredUnits = covered, Coarser = coarser?.Names };
    }

    // A sum of nothing that the table has is NULL; a count of it is not known to be zero.
    private static (PartialState State, long Touching, long Covered)? Absent(Aggregate aggregate) =>
        aggregate.Kind is AggregateKind.CountRows or AggregateKind.Count or AggregateKind.Units ? null : (default, 0, 0);

    private (PartialState State, long Touching, long Covered)? StateOf(Aggregate aggregate, int position, CellAnswer cell)
    {
        if (aggregate.Kind == AggregateKind.CountRows)
        {
            return cell.Rows is { } rows ? (new PartialState(rows), Math.Max(cell.TouchingUnits, cell.RowsTouchingUnits), Math.Min(cell.UnitsMost, cell.RowsCoveredUnits)) : null;
        }

        if (aggregate.Kind == AggregateKind.Units)
        {
            return cell.UnitsMost > 0 ? (new PartialState(cell.UnitsMost, cell.UnitsLeast), cell.TouchingUnits, cell.UnitsMost) : null;
        }

        var measure = cell.Measures[position];
        switch (aggregate.Kind)
        {
            case AggregateKind.Count:
                return measure.Sum is null ? null : (new PartialState(measure.Values), measure.TouchingUnits, measure.CoveredUnits);
            case AggregateKind.Sum:
                var values = measure.Values;
                return (measure.Sum is not { } sum || values == 0 ? default : sum.IsFloating ? new PartialState(values, X: sum.Floating) : new PartialState(values, sum.Exact),
                    measure.TouchingUnits, measure.CoveredUnits);
            case AggregateKind.Moments:
                var moments = measure.Moments;
                var difference = moments.Mean - aggregate.ShiftX;
                return (moments.Values == 0 ? default
                    : new PartialState(moments.Values, X: moments.Values * difference, XX: moments.SquaredDeviations + (moments.Values * difference * difference)), measure.TouchingUnits, measure.CoveredUnits);
            case AggregateKind.Histogram or AggregateKind.Range:
                return (HistogramOf(aggregate.Kind, measure), measure.TouchingUnits, measure.CoveredUnits);
            default:
                var second = cell.Measures[MeasureOf(aggregate.SecondArgument)];
                return (ComomentsOf(aggregate, cell, position), Math.Max(measure.TouchingUnits, second.TouchingUnits), Math.Min(measure.CoveredUnits, second.CoveredUnits));
        }
    }

    /// <summary>Bins of the blocks in the cell; of smallest and largest only between which edges they lie.</summary>
    private PartialState HistogramOf(AggregateKind kind, MeasureAnswer measure)
    {
        if (measure.Sum is null || measure.Values == 0)
        {
            return default;
        }

        if (measure.Bins is not { } bins)
        {
            throw Reasons.NotInTable.Because("The owner's table has no histogram of this measure.", "Ask without MIN, MAX, MEDIAN and QUANTILE_CONT.");
        }

        if (kind == AggregateKind.Range)
        {
            return measure is { Least: { } least, Greatest: { } greatest }
                ? new PartialState(1, Bins: [new ValueBin(least.Low, least.High, 0), new ValueBin(greatest.Low, greatest.High, 0)])
                : default;
        }

        var error = _live.Table.Rules.RoundTo > 1 ? _live.Table.Rules.RoundTo / 2 : 0;
        return new PartialState(
            error == 0 ? bins.Sum(bin => bin.Count) : measure.Values, Bins: [.. bins.Select(bin => new ValueBin(bin.Low, bin.High, bin.Count, (long)error * bin.Parts))]);
    }

    /// <summary>Over the blocks that have a cross product of the two; its count says how many rows that is.</summary>
    private PartialState ComomentsOf(Aggregate aggregate, CellAnswer cell, int first)
    {
        var second = MeasureOf(aggregate.SecondArgument);
        var pair = _live.Table.Pairs.ToList().FindIndex(pair => (pair.First, pair.Second) == (first, second) || (pair.First, pair.Second) == (second, first));
        if (pair < 0)
        {
            throw Reasons.NotInTable.Because(
                "The owner's table has no cross product of these two measures.", "Ask for a pair that the product's `pairs` name and the offer allows `corr` for.");
        }

        if (cell.Pairs[pair] is not { } both || both.First.Values == 0)
        {
            return default;
        }

        var (x, y) = _live.Table.Pairs[pair].First == first ? (both.First, both.Second) : (both.Second, both.First);
        var (dx, dy) = (x.Mean - aggregate.ShiftX, y.Mean - aggregate.ShiftY);
        return new PartialState(
            x.Values, X: x.Values * dx, Y: y.Values * dy,
            XX: x.SquaredDeviations + (x.Values * dx * dx), YY: y.SquaredDeviations + (y.Values * dy * dy), XY: both.CrossDeviations + (x.Values * dx * dy));
    }

    private int MeasureOf(Expression argument)
    {
        if (argument.KindCase == Expression.KindOneofCase.Column)
        {
            for (var i = 0; i < _live.Table.Measures.Count; i++)
            {
                if (_live.Table.Measures[i].Name == argument.Column)
                {
                    return i;
                }
            }
        }

        throw Reasons.NotInTable.Because(
            "The owner's table has figures of whole measures only, not of what is computed from them.", $"Aggregate one of {string.Join(", ", _live.Design.Measures)} as it is.");
    }

    /// <summary>A grouping expression is a function of its dimension's key, so labels fall into classes.</summary>
    private (GroupKey, List<object?>) GroupingOf(Expression grouping)
    {
        var column = KeyConditions.DimensionOf(grouping, _product)!;
        var position = _filters.PositionOf(column);
        var classes = new List<object?>();
        var numbers = new Dictionary<object, int>();
        var classOfLabel = _live.Table.Dimensions[position].Labels.Select(label =>
        {
            var key = KeyConditions.GroupOf(grouping, column, TableLabels.KeyOf(label, column));
            if (!numbers.TryGetValue(key ?? DBNull.Value, out var number))
            {
                numbers.Add(key ?? DBNull.Value, number = classes.Count);
                classes.Add(key);
            }

            return number;
        }).ToList();
        return (new GroupKey(position, classOfLabel), classes);
    }

    /// <summary>Cells in the order of their keys, looked up by keys in that order.</summary>
    private sealed class Passing(IReadOnlyList<CellAnswer> cells)
    {
        private int _next;

        public CellAnswer? Find(IReadOnlyList<int> key)
        {
            while (_next < cells.Count && Compare(cells[_next].Key, key) < 0)
            {
                _next++;
            }

            return _next < cells.Count && Compare(cells[_next].Key, key) == 0 ? cells[_next] : null;
        }

        private static int Compare(IReadOnlyList<int> one, IReadOnlyList<int> other)
        {
            for (var i = 0; i < one.Count; i++)
            {
                if (one[i] != other[i])
                {
                    return one[i].CompareTo(other[i]);
                }
            }

            return 0;
        }
    }
}
