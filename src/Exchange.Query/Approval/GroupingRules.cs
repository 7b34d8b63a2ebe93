using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>
/// What may be grouped by: a dimension as the product cuts it, or calendar units of one. A dimension with cuts only by its intervals,
/// one with a grain only by units that follow from its grain, so that no key says more than the product allows.
/// </summary>
internal static class GroupingRules
{
    /// <summary>The finest that a dimension may be grouped by: its intervals, its grain, or its values.</summary>
    public static Expression KeyOf(Column column)
    {
        var raw = new Expression { Column = column.Name };
        return column switch
        {
            { Cuts.Count: > 0 } => new Expression { Call = new Call { Operator = Operator.Bucket, Arguments = { raw } } },
            { Grain: not Grain.Unspecified } => new Expression { Call = new Call { Operator = Operator.DateTrunc, Grain = column.Grain, Arguments = { raw } } },
            _ => raw,
        };
    }

    /// <summary>The dimension that a well-typed grouping expression is about.</summary>
    /// <exception cref="ExchangeException"><c>GROUPING_NOT_ALLOWED</c>.</exception>
    public static Column DimensionOf(Expression key, IReadOnlyDictionary<string, Column> columns)
    {
        // The innermost unit decides: what stands around it sees only the truncated value.
        var (inner, unit, function) = (key, Grain.Unspecified, Operator.Unspecified);
        while (inner.KindCase == Expression.KindOneofCase.Call && inner.Call.Operator is Operator.DateTrunc or Operator.Extract or Operator.Bucket)
        {
            (unit, function) = (inner.Call.Grain, inner.Call.Operator);
            inner = inner.Call.Arguments[0];
        }

        if (inner.KindCase != Expression.KindOneofCase.Column)
        {
            throw Refusal("The plan groups by an expression that is neither a dimension nor a calendar unit of one.");
        }

        var column = columns[inner.Column];
        var name = Naming.Quote(column.Name);
        if (column.Role != ColumnRole.Dimension)
        {
            throw Refusal($"The plan groups by the measure {name}.");
        }

        if (column.Cuts.Count > 0 && (function != Operator.Bucket || key.Call.Operator != Operator.Bucket))
        {
            throw Refusal($"The plan groups by single values of {name}, which has cuts.");
        }

        if (column.Grain != Grain.Unspecified && !(function is Operator.DateTrunc or Operator.Extract && CalendarUnits.Follows(unit, column.Grain)))
        {
            throw Refusal($"The plan groups {name} finer than by its {column.Grain.ToString().ToLowerInvariant()}.");
        }

        return column;
    }

    private static ExchangeException Refusal(string message) =>
        Reasons.GroupingNotAllowed.Because(message, "Group by dimensions in the form that the product gives them.");
}
