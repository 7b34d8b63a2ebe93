using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>What a plan may ask a histogram of, and beside what.</summary>
internal static class HistogramRules
{
    /// <summary>The grid of the measure.</summary>
    /// <exception cref="ExchangeException"><c>AGGREGATE_NOT_ALLOWED</c> for a measure without a step and for what is computed from one.</exception>
    public static ValueGrid GridOf(Expression argument, Product product)
    {
        if (argument.KindCase != Expression.KindOneofCase.Column)
        {
            throw Reasons.AggregateNotAllowed.Because("The plan wants a histogram of what is computed from a measure.", "Ask for the smallest, largest or a quantile of a measure as it is.");
        }

        return ValueGrid.Of(product.Columns[argument.Column]) ?? throw Reasons.AggregateNotAllowed.Because(
            $"The measure {Naming.Quote(argument.Column)} has no step and bounds in the product, so it has no histogram.", "Ask for its average, or for a product with a step.");
    }

    /// <summary>
    /// In <c>checked</c>, a bin of a histogram minus a bin of one over fewer rows would be the few rows in between, so figures beside one
    /// are of the same rows.
    /// </summary>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public static void Check(IReadOnlyList<ApprovedAggregate> aggregates)
    {
        if (aggregates.Any(aggregate => aggregate.Kind == AggregateKind.Units))
        {
            throw Reasons.AggregateNotAllowed.Because("COUNT(DISTINCT) is answered out of safe tables, not in checked.", "Use COUNT(*), or ask an owner who offers the release class table.");
        }

        if (aggregates.All(aggregate => aggregate.Grid is null))
        {
            return;
        }

        if (aggregates.Any(aggregate => !Equals(aggregate.Filter, aggregates[0].Filter)) || aggregates.Any(aggregate => HasCase(aggregate.Argument) || HasCase(aggregate.SecondArgument)))
        {
            throw Reasons.AggregateNotAllowed.Because("In checked, a smallest or largest value or a quantile cannot stand beside figures of other rows.",
                "Ask for it in a question of its own, without FILTER and CASE beside it.");
        }
    }

    private static bool HasCase(Expression? expression) => expression?.KindCase switch
    {
        Expression.KindOneofCase.CaseExpression => true,
        Expression.KindOneofCase.Call => expression.Call.Arguments.Any(HasCase),
        _ => false,
    };
}
