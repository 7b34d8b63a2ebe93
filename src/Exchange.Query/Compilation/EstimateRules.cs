using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>Which figures are known between bounds only, and what may be computed with them.</summary>
internal static class EstimateRules
{
    /// <summary>Whether the function's figure comes with error bounds.</summary>
    public static bool IsEstimate(AggregateFunction function) =>
        function is AggregateFunction.Min or AggregateFunction.Max or AggregateFunction.Quantile or AggregateFunction.CountUnits;

    /// <summary>An estimate by which a part of the expression is decided: one in a CASE or a comparison. Null for none.</summary>
    public static BoundAggregate? DecidesIn(BoundExpression expression) => expression switch
    {
        BoundCall { Operator: >= Operator.Add and <= Operator.Negate } call => call.Arguments.Select(DecidesIn).FirstOrDefault(found => found is not null),
        BoundCall { Operator: Operator.IsNull or Operator.IsNotNull } => null,
        BoundCall or BoundCase => EstimateIn(expression),
        _ => null,
    };

    private static BoundAggregate? EstimateIn(BoundExpression? expression) => expression switch
    {
        BoundAggregate aggregate => IsEstimate(aggregate.Function) ? aggregate : null,
        BoundCall call => call.Arguments.Select(EstimateIn).FirstOrDefault(found => found is not null),
        BoundCase @case => @case.Branches.SelectMany(branch => new[] { branch.Condition, branch.Result }).Append(@case.Otherwise)
            .Select(EstimateIn).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
