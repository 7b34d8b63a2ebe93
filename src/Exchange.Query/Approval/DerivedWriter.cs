using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>Writes derived measures out as what they are computed from; the result keeps to the bound on nodes too.</summary>
internal sealed class DerivedWriter(IReadOnlyDictionary<string, Column> columns, int nodesMax)
{
    private int _nodes;

    /// <summary>A copy of the checked expression over stored columns only.</summary>
    public Expression Write(Expression expression)
    {
        if (expression.KindCase == Expression.KindOneofCase.Column && columns[expression.Column].Derived is { } derived)
        {
            return Write(derived);
        }

        if (++_nodes > nodesMax)
        {
            throw Reasons.PlanTooLarge.Because($"The plan has more than {nodesMax} expression nodes with its derived measures written out.", "Ask a smaller question.");
        }

        return expression.KindCase switch
        {
            Expression.KindOneofCase.Call => new Expression
            {
                Call = new Call { Operator = expression.Call.Operator, Grain = expression.Call.Grain, Arguments = { expression.Call.Arguments.Select(Write) } },
            },
            Expression.KindOneofCase.CaseExpression => new Expression
            {
                CaseExpression = new CaseExpression
                {
                    Branches =
                    {
                        expression.CaseExpression.Branches.Select(branch =>
                            new CaseBranch { Condition = Write(branch.Condition), Result = Write(branch.Result) }),
                    },
                    Otherwise = expression.CaseExpression.Otherwise is { } otherwise ? Write(otherwise) : null,
                },
            },
            _ => expression.Clone(),
        };
    }
}
