using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>A grouping by a date or timestamp, or by a calendar unit of one, which can be cut coarser. A dimension with cuts never is one.</summary>
internal sealed class CalendarKey
{
    // From the finest to the coarsest. A week is the next coarser than a day, but months do not follow from weeks.
    private static readonly Grain[] Units = [Grain.Hour, Grain.Day, Grain.Week, Grain.Month, Grain.Quarter, Grain.Year];

    private readonly Column _column;
    private readonly Grain _unit;

    private CalendarKey(Column column, Grain unit)
    {
        _column = column;
        _unit = unit;
    }

    /// <summary>The column in a sentence.</summary>
    public string Name => PlanWords.Quote(_column.Name);

    /// <summary>The unit it is cut to now, in a sentence; empty for single values.</summary>
    public string InsteadOf => _unit == Grain.Unspecified ? "" : $" instead of {PlanWords.Of(_unit)}";

    /// <summary>The key, or null where the expression is none.</summary>
    public static CalendarKey? Of(Expression key, Product product)
    {
        var (inner, unit) = key is { KindCase: Expression.KindOneofCase.Call, Call: { Operator: Operator.DateTrunc, Arguments.Count: 1 } }
            ? (key.Call.Arguments[0], key.Call.Grain)
            : (key, Grain.Unspecified);
        return inner.KindCase == Expression.KindOneofCase.Column
            && product.Columns.TryGetValue(inner.Column, out var column)
            && column is { Role: ColumnRole.Dimension, Cuts.Count: 0, Type.Kind: TypeKind.Date or TypeKind.Timestamp }
            ? new CalendarKey(column, unit)
            : null;
    }

    /// <summary>The coarser units that there are, the next one first.</summary>
    public IEnumerable<Grain> CoarserUnits() => Units
        .Where(unit => unit != Grain.Hour || _column.Type.Kind == TypeKind.Timestamp)
        .Where(unit => _unit == Grain.Unspecified || (unit != _unit && CalendarUnits.IsNotFiner(unit, _unit)))
        .Where(unit => _column.Grain == Grain.Unspecified || CalendarUnits.Follows(unit, _column.Grain));

    /// <summary>The grouping by that unit.</summary>
    public Expression CutTo(Grain unit) =>
        new() { Call = new Call { Operator = Operator.DateTrunc, Grain = unit, Arguments = { new Expression { Column = _column.Name } } } };
}
