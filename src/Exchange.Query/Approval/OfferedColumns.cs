using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>
/// What an offer's <c>columns</c> allow. Absent: every dimension may group and filter, every measure every aggregate, units are counted, and no
/// measure filters. Present: the whole list. A derived measure is allowed by its own entry, or where every measure behind it is.
/// </summary>
internal sealed class OfferedColumns
{
    private readonly Product _product;

    /// <summary>Null when the offer has no list.</summary>
    private readonly Dictionary<string, HashSet<ColumnUse>>? _uses;

    public OfferedColumns(Product product, OfferTerms terms)
    {
        _product = product;
        if (!terms.ColumnsListed && terms.Columns.Count == 0)
        {
            return;
        }

        _uses = new Dictionary<string, HashSet<ColumnUse>>(StringComparer.Ordinal);
        foreach (var rule in terms.Columns)
        {
            if (!_uses.TryGetValue(rule.Column, out var uses))
            {
                _uses.Add(rule.Column, uses = []);
            }

            uses.UnionWith(rule.Uses.SelectMany(ColumnUses.ImpliedBy));
        }
    }

    /// <exception cref="ExchangeException"><c>COLUMN_NOT_OFFERED</c> naming column and use.</exception>
    public void Require(Column column, params ReadOnlySpan<ColumnUse> uses)
    {
        foreach (var use in uses)
        {
            if (!Allows(column, use))
            {
                throw Reasons.ColumnNotOffered.Because($"The offer does not allow the column {Naming.Quote(column.Name)} for {ColumnUses.NameOf(use)}.",
                    "Ask without it, or ask the owner for an offer that allows it.");
            }
        }
    }

    /// <summary>Every column of a condition needs <c>filter</c>.</summary>
    public void RequireInCondition(Expression condition)
    {
        foreach (var column in ColumnsOf(condition))
        {
            Require(column, ColumnUse.Filter);
        }
    }

    /// <summary>Values need the aggregate's uses and must be of measures; conditions of a CASE need <c>filter</c>.</summary>
    public void RequireInArgument(Expression argument, AggregateKind kind)
    {
        switch (argument.KindCase)
        {
            case Expression.KindOneofCase.Column:
                var column = _product.Columns[argument.Column];
                if (column.Role != ColumnRole.Measure)
                {
                    throw Reasons.AggregateNotAllowed.Because($"The plan aggregates {Naming.Quote(column.Name)}, which is no measure.", "Aggregate measures, and group by dimensions.");
                }

                Require(column, UsesOf(kind));
                break;
            case Expression.KindOneofCase.Call:
                foreach (var inner in argument.Call.Arguments)
                {
                    RequireInArgument(inner, kind);
                }

                break;
            case Expression.KindOneofCase.CaseExpression:
                foreach (var branch in argument.CaseExpression.Branches)
                {
                    RequireInCondition(branch.Condition);
                    RequireInArgument(branch.Result, kind);
                }

                if (argument.CaseExpression.Otherwise is { } otherwise)
                {
                    RequireInArgument(otherwise, kind);
                }

                break;
        }
    }

    private bool Allows(Column column, ColumnUse use)
    {
        if (_uses is null)
        {
            return column.Role switch
            {
                ColumnRole.Measure => ColumnUses.IsAggregate(use),
                ColumnRole.Identifier => use == ColumnUse.Units,
                _ => use is ColumnUse.Group or ColumnUse.Filter,
            };
        }

        return (_uses.TryGetValue(column.Name, out var uses) && uses.Contains(use))
            || (column.Derived is not null && ColumnsOf(column.Derived).All(measure => Allows(measure, use)));
    }

    private IEnumerable<Column> ColumnsOf(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => [_product.Columns[expression.Column]],
        Expression.KindOneofCase.Call => expression.Call.Arguments.SelectMany(ColumnsOf),
        Expression.KindOneofCase.CaseExpression => expression.CaseExpression.Branches
            .SelectMany(branch => ColumnsOf(branch.Condition).Concat(ColumnsOf(branch.Result)))
            .Concat(expression.CaseExpression.Otherwise is { } otherwise ? ColumnsOf(otherwise) : []),
        _ => [],
    };

    /// <summary>What an owner must allow for a state: a sum travels with its count, moments with both.</summary>
    private static ColumnUse[] UsesOf(AggregateKind kind) => kind switch
    {
        AggregateKind.Count => [ColumnUse.Count],
        AggregateKind.Sum => [ColumnUse.Sum],
        AggregateKind.Moments => [ColumnUse.Variance],
        AggregateKind.Histogram => [ColumnUse.Quantile],
        AggregateKind.Range => [ColumnUse.Range],
        _ => [ColumnUse.Corr],
    };
}
