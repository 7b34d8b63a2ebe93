using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;

namespace Exchange.Query.Merging;

/// <summary>
/// Merges released cells by key, then computes what SQL leaves for after the groups: HAVING, the SELECT list, ORDER BY, LIMIT.
/// Parts are taken in the order of their participants, so the answer does not depend on who answered first.
/// </summary>
internal sealed class JointMerge(LogicalPlan plan)
{
    private readonly BoundQuery _query = plan.Query;
    private readonly AggregateKind[] _kinds = plan.Fragment.Aggregates.Select(aggregate => aggregate.Kind).ToArray();

    public JointResult Run(IReadOnlyList<ParticipantCells> parts)
    {
        try
        {
            var groups = Groups(parts.OrderBy(part => part.ParticipantId, StringComparer.Ordinal));
            if (groups.Count == 0 && _query.Keys.Count == 0 && parts.Count > 0 && parts.All(part => part.SuppressedCells == 0))
            {
                // Nobody has a row that counts, and SQL answers that with one row of zeros and NULLs.
                groups.Add(new Group([], _kinds.Length, null, isNoisy: false));
            }

            return new JointResult(Ordered(groups.Select(Row).Where(Counts)));
        }
        catch (OverflowException)
        {
            throw Reasons.FigureTooLarge.Because("A figure is larger than its type holds.", "Ask about fewer rows, or sum a smaller measure.");
        }
    }

    private List<Group> Groups(IEnumerable<ParticipantCells> parts)
    {
        var groups = new List<Group>();
        var byParticipant = plan.KeySources.Contains(-1);
        var (numbering, first) = (new CellNumbering(plan.Fragment.GroupBy.Count), 0);
        foreach (var part in parts)
        {
            if (byParticipant)
            {
                (numbering, first) = (new CellNumbering(plan.Fragment.GroupBy.Count), groups.Count);
            }

            var participant = byParticipant ? part.ParticipantId : null;
            var columns = part.Cells as AnswerCells;
            for (var row = 0; row < part.Cells.Count; row++)
            {
                var cell = columns is null ? part.Cells[row] : null;
                var number = first + (cell is null ? numbering.NumberOf(columns!.Keys, row) : numbering.NumberOf(cell.Key));
                if (number == groups.Count)
                {
                    groups.Add(new Group(cell?.Key ?? columns!.KeyAt(row), _kinds.Length, participant, part.Noise is not null));
                }

                var group = groups[number];
                group.Participants++;
                var touching = columns?.TouchingAt(row) ?? cell!.TouchingUnits;
                group.TouchingUnits += touching;
                if (columns is { HasCover: true })
                {
                    (group.Cover ??= new RowCover()).Add(new RowShare(part.ParticipantId, columns.CoveredAt(row), touching), columns.CoarserAt(row));
                }

                for (var i = 0; i < _kinds.Length; i++)
                {
                    var state = cell is null ? columns!.StateAt(i, row) : cell.States[i];
                    if (group.Noisy is { } noisy)
                    {
                        noisy[i].Add(plan.Fragment.Aggregates[i], state, part.Noise!.Columns[i]);
                    }
                    else
                    {
                        group.States[i].Add(_kinds[i], state);
                    }
                }
            }
        }

        return groups;
    }

    private ReleasedRow Row(Group group)
    {
        var keys = new object?[_query.Keys.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = plan.KeySources[i] < 0 ? group.Participant : ReleasedValues.OfKey(group.Key[plan.KeySources[i]], _query.Keys[i].Type!);
        }

        var figures = new object?[plan.Figures.Count];
        FigureBounds?[]? bounds = null;
        for (var i = 0; i < figures.Length; i++)
        {
            var figure = plan.Figures[i];
            if (group.Noisy is { } noisy)
            {
                (figures[i], (bounds ??= new FigureBounds?[figures.Length])[i]) = noisy[figure.State].FigureOf(figure.Function, figure.ArgumentType, figure.Fraction);
                continue;
            }

            if (!EstimateRules.IsEstimate(figure.Function))
            {
                figures[i] = Finite(group.States[figure.State].FigureOf(figure.Function, figure.ArgumentType));
            }
            else if (group.States[figure.State].BoundsOf(figure.Function, figure.ArgumentType, figure.Fraction) is { } between)
            {
                figures[i] = figure.Function == AggregateFunction.CountUnits ? (Int128)Math.Floor(between.Middle) : between.Middle;
                if (between.Low < between.High)
                {
                    (bounds ??= new FigureBounds?[figures.Length])[i] = between;
                }
            }
        }

        return new ReleasedRow(keys, figures, group.Participants, group.TouchingUnits) { Bounds = bounds, Cover = group.Cover };
    }

    private bool Counts(ReleasedRow row) => _query.Having is null || ReleasedEvaluator.Evaluate(_query.Having, row) is true;

    /// <summary>Rows that ORDER BY leaves equal stand in the order of their keys, so that a question has one answer.</summary>
    private List<JointRow> Ordered(IEnumerable<ReleasedRow> rows)
    {
        var orders = _query.OrderBy
            .Concat(_query.Keys.Select((key, i) => new BoundOrder(new BoundKey(i, key), false, false)))
            .ToArray();
        var sorted = rows
            .Select(row => (Row: row, Sort: Array.ConvertAll(orders, order => ReleasedEvaluator.Evaluate(order.Expression, row))))
            .OrderBy(pair => pair.Sort, Comparer<object?[]>.Create((one, other) => Compare(orders, one, other)));
        return sorted
            .Skip((int)Math.Min(_query.Offset, int.MaxValue)).Take((int)Math.Min(_query.Limit ?? int.MaxValue, int.MaxValue))
            .Select(pair => Shown(pair.Row))
            .ToList();
    }

    private static int Compare(BoundOrder[] orders, object?[] one, object?[] other)
    {
        for (var i = 0; i < orders.Length; i++)
        {
            var (left, right, order) = (one[i], other[i], orders[i]);
            if (left is null || right is null)
            {
                if (left is null && right is null)
                {
                    continue;
                }

                return left is null == order.NullsFirst ? -1 : 1;
            }

            var compared = ReleasedValues.Compare(left, right);
            if (compared != 0)
            {
                return order.Descending ? -compared : compared;
            }
        }

        return 0;
    }

    private JointRow Shown(ReleasedRow row)
    {
        var values = new Value[_query.Outputs.Count];
        FigureBounds?[]? bounds = null;
        for (var i = 0; i < values.Length; i++)
        {
            var (output, isUnbounded) = (_query.Outputs[i].Expression, false);
            // What is computed from several figures with noise has no interval of the same confidence.
            var isKnown = row.Bounds is not null && (output is BoundFigure || Array.TrueForAll(row.Bounds, one => one?.StdError is null));
            if (isKnown && ReleasedBounds.Of(output, row, out isUnbounded) is { } between)
            {
                Finite(between.Low);
                Finite(between.High);
                (bounds ??= new FigureBounds?[values.Length])[i] = between;
            }

            values[i] = isUnbounded ? new Value() : Shown(output, row);
        }

        return new JointRow(values, row.Participants, row.TouchingUnits) { Bounds = bounds, Cover = row.Cover };
    }

    private static Value Shown(BoundExpression output, ReleasedRow row)
    {
        var value = ReleasedEvaluator.Evaluate(output, row);
        return value is Int128 number && Intervals.CutsOf(output) is { } cuts
            ? new Value { StringValue = Intervals.LabelOf(cuts, (long)number) }
            : ReleasedValues.ToValue(Finite(value), output.Type);
    }

    private static object? Finite(object? value) => value is double number && !double.IsFinite(number) ? throw new OverflowException() : value;

    private sealed class Group(object?[] key, int states, string? participant, bool isNoisy)
    {
        public object?[] Key { get; } = key;

        public string? Participant { get; } = participant;

        public MergedState[] States { get; } = new MergedState[states];

        /// <summary>In <c>noisy</c>, instead of the states.</summary>
        public NoisyState[]? Noisy { get; } = isNoisy ? new NoisyState[states] : null;

        public int Participants { get; set; }

        public long TouchingUnits { get; set; }

        public RowCover? Cover { get; set; }
    }
}
