using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Conditions of a fragment as filters over a table's labels. SQL has three truth values and a filter two, so a NOT is carried down to
/// the comparisons, where NULL is neither true nor false.
/// </summary>
internal sealed class TableFilters(Product product, LiveTable live)
{
    /// <summary>Rows for which the condition is true; everything for none.</summary>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c>, <c>FILTER_BETWEEN_CUTS</c>.</exception>
    public CellFilter Of(Expression? condition) => condition is null ? CellFilter.Everything : Of(condition, wanted: true);

    /// <summary>Where the table has a dimension.</summary>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c>.</exception>
    public int PositionOf(Column column)
    {
        for (var i = 0; i < live.Table.Dimensions.Count; i++)
        {
            if (live.Table.Dimensions[i].Name == column.Name)
            {
                return i;
            }
        }

        throw Reasons.NotInTable.Because($"The owner's table does not have the dimension {column.Name}.", $"Ask about {string.Join(", ", live.Design.Dimensions)}.");
    }

    private CellFilter Of(Expression condition, bool wanted)
    {
        var call = condition.KindCase == Expression.KindOneofCase.Call ? condition.Call : null;
        return call?.Operator switch
        {
            Operator.Not => Of(call.Arguments[0], !wanted),
            Operator.And or Operator.Or when (call.Operator == Operator.And) == wanted => CellFilter.And([.. call.Arguments.Select(argument => Of(argument, wanted))]),
            Operator.And or Operator.Or => CellFilter.Or([.. call.Arguments.Select(argument => Of(argument, wanted))]),
            _ => Leaf(condition, wanted),
        };
    }

    private CellFilter Leaf(Expression condition, bool wanted)
    {
        if (KeyConditions.DimensionOf(condition, product) is not { } column)
        {
            return KeyConditions.TruthOf(condition, null, null) == wanted ? CellFilter.Everything : CellFilter.Not(CellFilter.Everything);
        }

        return CellFilter.Where(live.Table, PositionOf(column), label => KeyConditions.TruthOf(condition, column, TableLabels.KeyOf(label, column)) == wanted);
    }
}
