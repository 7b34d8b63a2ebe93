using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>
/// Approves a fragment, or refuses it with the nearest one that would pass. Three rewrites, one at a time, are tried for real under
/// the same terms, and the first that <see cref="FragmentPolicy"/> approves is named: a column less, a coarser calendar unit, a
/// condition less. Pure: the plan and the terms decide, so the refusal and the work behind it are the same whatever the data hold.
/// </summary>
public static class NearestQuery
{
    /// <summary>Most rewrites that are tried.</summary>
    public const int TriesMax = 128;

    /// <summary>Largest plan that rewrites are looked for: what a peer sends must not cost its size once a try without a bound.</summary>
    public const int PlanBytesMax = 64 << 10;

    /// <summary>Refusals that a smaller question can avoid. A plan that no compiler makes gets no advice.</summary>
    private static readonly HashSet<ErrorReason> Mendable =
    [
        Reasons.ColumnNotOffered, Reasons.ColumnNotUsable, Reasons.GroupingNotAllowed, Reasons.AggregateNotAllowed,
        Reasons.TooManyGroupKeys, Reasons.TooManyAggregates, Reasons.TooManyConditions,
    ];

    /// <summary>As <see cref="FragmentPolicy.Approve"/>; a refusal that a rewrite would avoid says which in its action.</summary>
    /// <exception cref="ExchangeException">The refusal, for the reason and with the sentence of <see cref="FragmentPolicy.Approve"/>.</exception>
    public static ApprovedFragment Approve(Fragment fragment, Product product, OfferTerms terms, FragmentLimits limits)
    {
        try
        {
            return FragmentPolicy.Approve(fragment, product, terms, limits);
        }
        catch (ExchangeException refusal) when (Mendable.Contains(refusal.Reason) && fragment.CalculateSize() <= PlanBytesMax)
        {
            var passing = Rewrites(fragment, product, limits).Take(TriesMax).FirstOrDefault(rewrite => Passes(rewrite.Fragment, product, terms, limits));
            if (passing is null)
            {
                throw;
            }

            throw new ExchangeException(refusal.Reason, refusal.Message, $"It would pass {passing.Words}.", refusal);
        }
    }

    private static bool Passes(Fragment fragment, Product product, OfferTerms terms, FragmentLimits limits)
    {
        try
        {
            FragmentPolicy.Approve(fragment, product, terms, limits);
            return true;
        }
        catch (ExchangeException)
        {
            return false;
        }
    }

    private static IEnumerable<Rewrite> Rewrites(Fragment fragment, Product product, FragmentLimits limits) =>
        WithoutColumn(fragment, product).Concat(Coarser(fragment, product)).Concat(WithoutCondition(fragment, limits));

    // Whatever a coarser unit mends, leaving the key out mends too: keys that have a coarser unit wait for Coarser, or no unit
    // would ever be named.
    private static IEnumerable<Rewrite> WithoutColumn(Fragment fragment, Product product)
    {
        for (var i = 0; i < fragment.GroupBy.Count; i++)
        {
            if (CalendarKey.Of(fragment.GroupBy[i], product) is null)
            {
                yield return WithoutKey(fragment, i);
            }
        }

        for (var i = 0; i < fragment.Aggregates.Count && fragment.Aggregates.Count > 1; i++)
        {
            yield return new Rewrite(With(fragment, aggregates: Without(fragment.Aggregates, i)), $"without {PlanWords.Of(fragment.Aggregates[i])}");
        }
    }

    private static IEnumerable<Rewrite> Coarser(Fragment fragment, Product product)
    {
        for (var i = 0; i < fragment.GroupBy.Count; i++)
        {
            if (CalendarKey.Of(fragment.GroupBy[i], product) is not { } key)
            {
                continue;
            }

            foreach (var unit in key.CoarserUnits())
            {
                var keys = fragment.GroupBy.Select((expression, position) => position == i ? key.CutTo(unit) : expression);
                yield return new Rewrite(With(fragment, keys: keys), $"with {key.Name} grouped by {PlanWords.Of(unit)}{key.InsteadOf}");
            }

            yield return WithoutKey(fragment, i);
        }
    }

    private static IEnumerable<Rewrite> WithoutCondition(Fragment fragment, FragmentLimits limits)
    {
        foreach (var (remaining, dropped) in OneLess(fragment.Where, limits))
        {
            yield return new Rewrite(With(fragment, where: new Condition(remaining)), $"without the condition on {PlanWords.ColumnsOf(dropped)}");
        }

        for (var i = 0; i < fragment.Aggregates.Count; i++)
        {
            var aggregate = fragment.Aggregates[i];
            foreach (var (remaining, dropped) in OneLess(aggregate.Filter, limits))
            {
                var freed = aggregate.Clone();
                freed.Filter = remaining;
                yield return new Rewrite(
                    With(fragment, aggregates: fragment.Aggregates.Select((other, position) => position == i ? freed : other)),
                    $"without the condition on {PlanWords.ColumnsOf(dropped)} under {PlanWords.ValueOf(aggregate)}");
            }
        }
    }

    /// <summary>The condition without each of its conjuncts in turn; null where none is left.</summary>
    private static IEnumerable<(Expression? Remaining, Expression Dropped)> OneLess(Expression? condition, FragmentLimits limits)
    {
        if (condition is null)
        {
            yield break;
        }

        List<Expression> conjuncts = [.. Conjuncts(condition, limits.PlanDepthMax)];
        for (var i = 0; i < conjuncts.Count; i++)
        {
            if (PlanWords.NamesColumns(conjuncts[i]))
            {
                yield return (All([.. Without(conjuncts, i)]), conjuncts[i]);
            }
        }
    }

    private static IEnumerable<Expression> Conjuncts(Expression condition, int depth) =>
        depth > 0 && condition is { KindCase: Expression.KindOneofCase.Call, Call.Operator: Operator.And }
            ? condition.Call.Arguments.SelectMany(argument => Conjuncts(argument, depth - 1))
            : [condition];

    private static Expression? All(Expression[] conjuncts) => conjuncts switch
    {
        [] => null,
        [var only] => only,
        _ => new Expression { Call = new Call { Operator = Operator.And, Arguments = { conjuncts } } },
    };

    private static Rewrite WithoutKey(Fragment fragment, int position) =>
        new(With(fragment, keys: Without(fragment.GroupBy, position)), $"without grouping by {PlanWords.ColumnsOf(fragment.GroupBy[position])}");

    private static IEnumerable<T> Without<T>(IEnumerable<T> items, int position) => items.Where((_, i) => i != position);

    // Expressions are shared with the fragment, which nobody changes, so that a rewrite costs no copy of a peer's plan.
    private static Fragment With(Fragment fragment, IEnumerable<Expression>? keys = null, IEnumerable<Aggregate>? aggregates = null, Condition? where = null) => new()
    {
        Product = fragment.Product,
        ProductHash = fragment.ProductHash,
        GroupBy = { keys ?? fragment.GroupBy },
        Aggregates = { aggregates ?? fragment.Aggregates },
        Where = where is null ? fragment.Where : where.Expression,
    };

    /// <summary>A smaller question.</summary>
    /// <param name="Fragment">Its plan.</param>
    /// <param name="Words">How it differs, behind "It would pass".</param>
    private sealed record Rewrite(Fragment Fragment, string Words);

    /// <summary>A condition in another's place; null inside for none.</summary>
    private sealed record Condition(Expression? Expression);
}
