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
    /// are of the same rows. Of two numbers of units over different rows the difference is of those who are only in one: no set of rows,
    /// which is all that the audit of an answer looks at, so that there is one.
    /// </summary>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public static void Check(IReadOnlyList<ApprovedAggregate> aggregates)
    {
        if (aggregates.Where(aggregate => aggregate.Kind == AggregateKind.Units).Select(aggregate => aggregate.Filter).Distinct().Count() > 1)
        {
            throw Reasons.AggregateNotAllowed.Because("In checked, COUNT(DISTINCT) cannot stand beside one of other rows.", "Ask for each in a question of its own.");
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
