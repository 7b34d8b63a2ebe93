using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Query.Approval;

/// <summary>
/// What a <c>noisy</c> answer asks of the engine: the groups of an approved fragment, with counts and sums of whole numbers, to which no
/// unit adds more than its bounds. The rules of <c>checked</c> do not apply: the noise protects, in every cell.
/// </summary>
public static class BoundedScan
{
    private static readonly ReleaseRules NoRules = new(MinUnits: 0, DominanceN: 1, DominancePercent: 100, PPercent: 0, Coalition: 0, MinSpread: 0);

    /// <summary>
    /// The scan. In its cells, the first support counts the units that count in the group: rows where each row is a unit.
    /// </summary>
    /// <param name="approved">The fragment.</param>
    /// <param name="aggregates">COUNT_ROWS, COUNT, GRID_SUM and GRID_SQUARES over arguments and filters of the fragment.</param>
    /// <param name="bounds">What a unit may add.</param>
    /// <param name="cellsMax">Groups that are wanted at most; where there are more, the engine says so by nothing but leaving out the others.</param>
    public static ApprovedFragment Of(ApprovedFragment approved, IReadOnlyList<ApprovedAggregate> aggregates, ContributionBounds bounds, int cellsMax) =>
        new(approved.Product, approved.Keys, aggregates, approved.Where, [null], [], null, NoRules, cellsMax) { Bounds = bounds };

    /// <summary>The same figures by group and unit, for an engine that bounds them afterwards: the unit is the last key.</summary>
    public static ApprovedFragment ByUnit(ApprovedFragment scan)
    {
        var unit = scan.Product.Unit!;
        return new(scan.Product, [.. scan.Keys, new ApprovedKey(new Expression { Column = unit.Name }, unit.Type)], scan.Aggregates, scan.Where, [null], [], null, NoRules, int.MaxValue - 1)
        {
            Bounds = scan.Bounds,
        };
    }

    /// <summary>Between which values an argument lies; null when its measures have no bounds.</summary>
    public static Interval? BoundsOf(ApprovedAggregate aggregate, Product product) =>
        aggregate.Argument is null ? null : ExpressionBounds.Of(aggregate.Argument, product.Columns);

    /// <summary>Whether the argument is never NULL.</summary>
    public static bool IsNeverNull(ApprovedAggregate aggregate, Product product) =>
        aggregate.Argument is { KindCase: Expression.KindOneofCase.Column } argument && product.Columns[argument.Column].Required;
}
