using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;
using Exchange.Query.Merging;

namespace Exchange.Query.Tests.Merging;

/// <summary>
/// An engine over rows in memory, for tests of the merge: it makes the states that a real engine would. A row's values are as in
/// <see cref="ReleasedRow"/>.
/// </summary>
internal static class RowEngine
{
    public static List<ReleasedCell> Run(ApprovedFragment fragment, IEnumerable<IReadOnlyDictionary<string, object?>> rows) => rows
        .Where(row => fragment.Where is null || Evaluate(fragment.Where, row, fragment) is true)
        .GroupBy(row => fragment.Keys.Select(key => KeyOf(Evaluate(key.Expression, row, fragment))).ToArray(), CellKeyComparer.Instance)
        .Select(cell => new ReleasedCell(cell.Key, fragment.Aggregates.Select(aggregate => StateOf(aggregate, cell.ToList(), fragment)).ToArray()))
        .ToList();

    private static PartialState StateOf(ApprovedAggregate aggregate, List<IReadOnlyDictionary<string, object?>> rows, ApprovedFragment fragment)
    {
        var counted = rows.Where(row => aggregate.Filter is null || Evaluate(aggregate.Filter, row, fragment) is true).ToList();
        if (aggregate.Kind == AggregateKind.CountRows)
        {
            return new PartialState(counted.Count);
        }

        var pairs = counted
            .Select(row => (X: Evaluate(aggregate.Argument!, row, fragment), Y: aggregate.SecondArgument is null ? 0.0 : Evaluate(aggregate.SecondArgument, row, fragment)))
            .Where(pair => pair.X is not null && pair.Y is not null).ToList();
        if (aggregate.Kind == AggregateKind.Sum && aggregate.ArgumentType!.Kind != TypeKind.Double)
        {
            var exact = pairs.Aggregate((Int128)0, (sum, pair) => sum + (pair.X is ExactDecimal number ? number.WithScale(aggregate.ArgumentType.Scale).Unscaled : (Int128)pair.X!));
            return new PartialState(pairs.Count, exact);
        }

        var shifted = pairs.Select(pair => aggregate.Kind == AggregateKind.Count ? (X: 0, Y: 0) :
            (X: ToDouble(pair.X!) - aggregate.ShiftX, Y: ToDouble(pair.Y!) - aggregate.ShiftY)).ToList();
        var moments = aggregate.Kind >= AggregateKind.Moments;
        var both = aggregate.Kind == AggregateKind.Comoments;
        return new PartialState(pairs.Count, 0, Total(shifted.Select(pair => pair.X)), both ? Total(shifted.Select(pair => pair.Y)) : 0,
            moments ? Total(shifted.Select(pair => pair.X * pair.X)) : 0, both ? Total(shifted.Select(pair => pair.Y * pair.Y)) : 0,
            both ? Total(shifted.Select(pair => pair.X * pair.Y)) : 0);
    }

    private static object? KeyOf(object? value) => value switch
    {
        Int128 number => (long)number,
        bool flag => flag ? 1L : 0L,
        ExactDecimal exact => exact.ToString(),
        _ => value,
    };

    private static object? Evaluate(Expression expression, IReadOnlyDictionary<string, object?> row, ApprovedFragment fragment)
    {
        if (expression.KindCase == Expression.KindOneofCase.Column)
        {
            return row[fragment.Product.Columns[expression.Column].SourceName];
        }

        if (expression.KindCase == Expression.KindOneofCase.Literal)
        {
            return ReleasedValues.OfValue(expression.Literal);
        }

        var arguments = expression.Call.Arguments.Select(argument => Evaluate(argument, row, fragment)).ToList();
        if (arguments.Any(argument => argument is null))
        {
            return null;
        }

        return expression.Call.Operator switch
        {
            Operator.Greater => ReleasedValues.Compare(arguments[0]!, arguments[1]!) > 0,
            Operator.Multiply => ToDouble(arguments[0]!) * ToDouble(arguments[1]!),
            Operator.Bucket => (Int128)fragment.Product.Columns[expression.Call.Arguments[0].Column].Cuts.Count(cut => cut <= ToDouble(arguments[0]!)),
            _ => throw new NotSupportedException(expression.Call.Operator.ToString()),
        };
    }

    private static double ToDouble(object value) => value switch { Int128 number => (double)number, ExactDecimal exact => exact.ToDouble(), _ => (double)value };

    private static double Total(IEnumerable<double> values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values)
        {
            sum.Add(value);
        }

        return sum.Total;
    }
}
