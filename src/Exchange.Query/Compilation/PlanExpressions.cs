using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>Bound expressions over raw values as the expressions of a plan.</summary>
internal static class PlanExpressions
{
    public static Expression Of(BoundExpression expression) => expression switch
    {
        BoundLiteral literal => new Expression { Literal = literal.Value.Clone() },
        BoundColumn column => new Expression { Column = column.Column.Name },
        BoundCall call => new Expression { Call = new Call { Operator = call.Operator, Grain = call.Grain, Arguments = { call.Arguments.Select(Of) } } },
        BoundCase @case => new Expression
        {
            CaseExpression = new CaseExpression
            {
                Branches = { @case.Branches.Select(branch => new CaseBranch { Condition = Of(branch.Condition), Result = Of(branch.Result) }) },
                Otherwise = @case.Otherwise is null ? null : Of(@case.Otherwise),
            },
        },
        _ => throw new InvalidOperationException("Only expressions over raw values go into a plan."),
    };
}
