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
    private readonly Fragment _fragment;
    private readonly TableFilters _filters;
    private readonly List<(GroupKey Key, List<object?> Classes)> _keys;
    private readonly int[] _measures;

    private TableAnswers(Fragment fragment, Product product, LiveTable live)
    {
        (_fragment, _product, _live) = (fragment, product, live);
        _measures = [.. fragment.Aggregates.Select(aggregate => aggregate.Kind == AggregateKind.CountRows ? -1 : MeasureOf(aggregate.Argument))];
        _filters = new TableFilters(product, live);
        _keys = [.. fragment.GroupBy.Select(GroupingOf)];
    }

    /// <summary>The cells in which blocks lie. A figure that the table does not have for a cell is NULL, or its cell is left out where it is a count.</summary>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c>, <c>FILTER_BETWEEN_CUTS</c>, <c>TOO_MANY_GROUPS</c>.</exception>
    public static IReadOnlyList<ReleasedCell> Answer(Fragment fragment, Product product, LiveTable live, int cellsMax)
    {
        var cells = new TableAnswers(fragment, product, live).Cells();
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
            filtered.Add(filter, _live.Query.Group(CellFilter.And(where, _filters.Of(filter)), groups));
        }

        // Cells come in the order of their keys, so that those of another filter are found in passing.
        var (cells, byAggregate) = (new List<ReleasedCell>(), _fragment.Aggregates.Select(aggregate => aggregate.Filter is null ? null : new Passing(filtered[aggregate.Filter])).ToArray());
        foreach (var answer in _live.Query.Group(where, groups))
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
        var touching = 0L;
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
        }

        var key = new object?[_keys.Count];
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = _keys[i].Classes[answer.Key[i]];
        }

        return new ReleasedCell(key, states, touching);
    }

    // A sum of nothing that the table has is NULL; a count of it is not known to be zero.
    private static (PartialState State, long Touching)? Absent(Aggregate aggregate) =>
        aggregate.Kind is AggregateKind.CountRows or AggregateKind.Count ? null : (default, 0);

    private static (PartialState State, long Touching)? StateOf(Aggregate aggregate, int position, CellAnswer cell)
    {
        if (aggregate.Kind == AggregateKind.CountRows)
        {
            return cell.Rows is { } rows ? (new PartialState(rows), Math.Max(cell.TouchingUnits, cell.RowsTouchingUnits)) : null;
        }

        var measure = cell.Measures[position];
        switch (aggregate.Kind)
        {
            case AggregateKind.Count:
                return measure.Sum is null ? null : (new PartialState(measure.Values), measure.TouchingUnits);
            case AggregateKind.Sum:
                var values = measure.Values;
                return (measure.Sum is not { } sum || values == 0 ? default : sum.IsFloating ? new PartialState(values, X: sum.Floating) : new PartialState(values, sum.Exact),
                    measure.TouchingUnits);
            case AggregateKind.Moments:
                var moments = measure.Moments;
                var difference = moments.Mean - aggregate.ShiftX;
                return (moments.Values == 0 ? default
                    : new PartialState(moments.Values, X: moments.Values * difference, XX: moments.SquaredDeviations + (moments.Values * difference * difference)), measure.TouchingUnits);
            default:
                throw Reasons.NotInTable.Because("The owner's table has no cross products.", "Ask without CORR and COVAR.");
        }
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
