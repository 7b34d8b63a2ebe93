using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>Whether an expression can be NULL although its row exists.</summary>
internal static class ExpressionNulls
{
    /// <summary>False only when NULL is impossible: required columns, no division, no CASE that may fall through.</summary>
    public static bool MayBeNull(Expression expression, IReadOnlyDictionary<string, Column> columns) => expression.KindCase switch
    {
        Expression.KindOneofCase.Literal => Literals.IsNull(expression),
        Expression.KindOneofCase.Column => !columns[expression.Column].Required,
        Expression.KindOneofCase.Call => expression.Call.Operator switch
        {
            Operator.IsNull or Operator.IsNotNull => false,
            Operator.Divide => true,
            _ => expression.Call.Arguments.Any(argument => MayBeNull(argument, columns)),
        },
        Expression.KindOneofCase.CaseExpression =>
            expression.CaseExpression.Otherwise is null
            || MayBeNull(expression.CaseExpression.Otherwise, columns)
            || expression.CaseExpression.Branches.Any(branch => MayBeNull(branch.Result, columns)),
        _ => true,
    };
}
