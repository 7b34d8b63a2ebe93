using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Query.Approval;

/// <summary>The owner's own check of a fragment. Pure; trusts nothing the asker's side did.</summary>
/// <remarks>
/// 1. fragment, dataset and offer are of one product; 2. the release class is served; 3. the counts are within bounds; 4. every
/// expression has a form and a type; 5. the offer allows each use of each column; 6. derived measures are written out;
/// 7. what stands beside a histogram does not subtract from its bins; 8. the sets of rows that figures could be read off, and what is added up over them, are listed for the release gate.
/// </remarks>
public static class FragmentPolicy
{
    private const string Rewrite = "Compile the question again with a current version.";

    /// <summary>Approves a fragment under the owner's terms, or refuses it naming the clause.</summary>
    /// <param name="fragment">As received: unknown enums, absent fields, deep nesting, NaN and type errors are refused here.</param>
    /// <param name="product">The product of the dataset; its hash must be the fragment's.</param>
    /// <param name="terms">The terms of the agreement's offer.</param>
    /// <param name="limits">Bounds on the plan.</param>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public static ApprovedFragment Approve(Fragment fragment, Product product, OfferTerms terms, FragmentLimits limits)
    {
        CheckProduct(fragment, product, terms);
        CheckRelease(terms);
        CheckCounts(fragment, limits);

        var types = new ExpressionTypes(product.Columns, limits.PlanDepthMax, limits.PlanNodesMax);
        var offered = new OfferedColumns(product, terms);
        var writer = new DerivedWriter(product.Columns, limits.PlanNodesMax);

        var keys = new List<ApprovedKey>();
        foreach (var expression in fragment.GroupBy)
        {
            var type = types.Of(expression);
            offered.Require(GroupingRules.DimensionOf(expression, product.Columns), ColumnUse.Group);
            keys.Add(new ApprovedKey(expression.Clone(), type));
        }

        var where = Condition(fragment.Where, types, offered, writer);
        var aggregates = new List<ApprovedAggregate>();
        foreach (var aggregate in fragment.Aggregates)
        {
            aggregates.Add(Aggregate(aggregate, product, types, offered, writer));
        }

        if (terms.Release == ReleaseClass.Checked)
        {
            HistogramRules.Check(aggregates);
        }

        var sets = SupportSets.Of(aggregates, product.Columns, limits.ConditionsMax);
        return new ApprovedFragment(product, keys, aggregates, where, sets.Supports, sets.Contributions, sets.Audit(), ReleaseRules.Of(terms.Disclosure), limits.CellsMax)
        {
            // Where each row is a unit of its own, nothing says whom a row is about, and a missing reading is nobody's answer.
            Gaps = product.Unit is null ? [] : sets.Gaps,
        };
    }

    private static void CheckProduct(Fragment fragment, Product product, OfferTerms terms)
    {
        if (fragment.Product != product.Id || terms.Product != product.Id)
        {
            throw Reasons.ProductMismatch.Because($"The question is not about the product {product.Id} of this dataset and offer.", "Ask about the product that the agreement names.");
        }

        if (!fragment.ProductHash.Span.SequenceEqual(product.Hash))
        {
            throw Reasons.ProductHashMismatch.Because($"The asker knows another definition of {product.Id} than the owner.", "Wait for the next fetch of the register and ask again.");
        }
    }

    private static void CheckRelease(OfferTerms terms)
    {
        if (terms.Release is not (ReleaseClass.Checked or ReleaseClass.Table or ReleaseClass.Noisy))
        {
            throw Reasons.NotServedYet.Because($"The release class {NameOf(terms.Release.ToString())} is not served yet.", "Offer the release class table or checked.");
        }
    }

    private static void CheckCounts(Fragment fragment, FragmentLimits limits)
    {
        if (fragment.GroupBy.Count > limits.GroupKeysMax)
        {
            throw Reasons.TooManyGroupKeys.Because($"The plan groups by more than {limits.GroupKeysMax} expressions.", "Group by fewer columns.");
        }

        if (fragment.Aggregates.Count > limits.AggregatesMax)
        {
            throw Reasons.TooManyAggregates.Because($"The plan computes more than {limits.AggregatesMax} aggregates.", "Ask for fewer figures at a time.");
        }

        if (fragment.Aggregates.Count == 0)
        {
            throw Reasons.PlanInvalid.Because("The plan computes nothing.", Rewrite);
        }
    }

    private static Expression? Condition(Expression? condition, ExpressionTypes types, OfferedColumns offered, DerivedWriter writer)
    {
        if (condition is null)
        {
            return null;
        }

        if (types.Of(condition).Kind != TypeKind.Bool)
        {
            throw Reasons.PlanTypeMismatch.Because("The plan has a filter that is not a condition.", Rewrite);
        }

        offered.RequireInCondition(condition);
        return writer.Write(condition);
    }

    private static ApprovedAggregate Aggregate(Aggregate aggregate, Product product, ExpressionTypes types, OfferedColumns offered, DerivedWriter writer)
    {
        var arguments = aggregate.Kind switch
        {
            AggregateKind.CountRows => 0,
            AggregateKind.Count or AggregateKind.Sum or AggregateKind.Moments or AggregateKind.Histogram or AggregateKind.Range or AggregateKind.Units => 1,
            AggregateKind.Comoments => 2,
            _ => throw Reasons.PlanInvalid.Because("The plan has an aggregate of an unknown kind.", Rewrite),
        };
        if ((aggregate.Argument is null) != arguments < 1 || (aggregate.SecondArgument is null) != arguments < 2)
        {
            throw Reasons.PlanInvalid.Because("The plan has an aggregate with the wrong number of arguments.", Rewrite);
        }

        if (!double.IsFinite(aggregate.ShiftX) || !double.IsFinite(aggregate.ShiftY))
        {
            throw Reasons.PlanInvalid.Because("The plan has a shift that is not finite.", Rewrite);
        }

        if (aggregate.Kind == AggregateKind.Units)
        {
            return new ApprovedAggregate(
                aggregate.Kind, Unit(aggregate.Argument!, product, offered), product.Unit!.Type, null, null, Condition(aggregate.Filter, types, offered, writer), 0, 0);
        }

        var (argument, type) = Argument(aggregate.Argument, aggregate.Kind, types, offered, writer);
        var (second, secondType) = Argument(aggregate.SecondArgument, aggregate.Kind, types, offered, writer);
        var filter = Condition(aggregate.Filter, types, offered, writer);
        return new ApprovedAggregate(aggregate.Kind, argument, type, second, secondType, filter, aggregate.ShiftX, aggregate.ShiftY)
        {
            Grid = aggregate.Kind is AggregateKind.Histogram or AggregateKind.Range ? HistogramRules.GridOf(aggregate.Argument!, product) : null,
        };
    }

    /// <summary>An identifier is counted, where it is the privacy unit, and used for nothing else.</summary>
    private static Expression Unit(Expression argument, Product product, OfferedColumns offered)
    {
        if (product.Unit is not { } unit || argument.KindCase != Expression.KindOneofCase.Column || argument.Column != unit.Name)
        {
            throw Reasons.AggregateNotAllowed.Because("The plan counts distinct values of something that is not the product's unit.", "Count the unit, or rows.");
        }

        offered.Require(unit, ColumnUse.Units);
        return argument.Clone();
    }

    private static (Expression?, ColumnType?) Argument(
        Expression? argument, AggregateKind kind, ExpressionTypes types, OfferedColumns offered, DerivedWriter writer)
    {
        if (argument is null)
        {
            return (null, null);
        }

        var type = types.Of(argument);
        if (!ColumnTypes.IsNumeric(type))
        {
            throw Reasons.AggregateNotAllowed.Because($"The plan aggregates a {TypeWords.Of(type)}; only numbers are aggregated.", "Aggregate a measure.");
        }

        offered.RequireInArgument(argument, kind);
        return (writer.Write(argument), type);
    }

    private static string NameOf(string value) => value.ToLowerInvariant();
}
