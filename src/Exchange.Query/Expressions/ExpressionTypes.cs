using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>
/// Checks the form and the types of a plan's expressions. They come from a peer, so nothing about them is believed: an unset field,
/// an unknown enum value or a NaN is a refusal, and the walk stops at <c>depthMax</c> before any other code recurses into them.
/// </summary>
internal sealed class ExpressionTypes(IReadOnlyDictionary<string, Column> columns, int depthMax, int nodesMax)
{
    private const string Rewrite = "Compile the question again with a current version.";
    private int _nodes;

    /// <summary>The expression's type.</summary>
    /// <exception cref="ExchangeException">The first thing wrong with it.</exception>
    public ColumnType Of(Expression? expression) =>
        TypeOf(expression, 1) ?? throw Reasons.PlanTypeMismatch.Because("The plan has a NULL where it needs a value with a type.", Rewrite);

    /// <summary>The type, or null for the constant NULL.</summary>
    private ColumnType? TypeOf(Expression? expression, int depth)
    {
        if (expression is null)
        {
            throw Reasons.PlanInvalid.Because("The plan lacks an expression that it needs.", Rewrite);
        }

        if (depth > depthMax)
        {
            throw Reasons.PlanTooDeep.Because($"The plan is nested deeper than {depthMax} levels.", "Ask a simpler question.");
        }

        if (++_nodes > nodesMax)
        {
            throw Reasons.PlanTooLarge.Because($"The plan has more than {nodesMax} expression nodes.", "Ask a smaller question.");
        }

        return expression.KindCase switch
        {
            Expression.KindOneofCase.Literal when expression.Literal.KindCase == Value.KindOneofCase.None => null,
            Expression.KindOneofCase.Literal => Literals.TypeOf(expression.Literal)
                ?? throw Reasons.PlanInvalid.Because("The plan has a constant that is no value of a product type.", Rewrite),
            Expression.KindOneofCase.Column => UsableColumn(expression.Column).Type,
            Expression.KindOneofCase.Call => CallType(expression.Call, depth),
            Expression.KindOneofCase.CaseExpression => CaseType(expression.CaseExpression, depth),
            _ => throw Reasons.PlanInvalid.Because("The plan has an expression of an unknown kind.", Rewrite),
        };
    }

    private Column UsableColumn(string name)
    {
        if (!columns.TryGetValue(name, out var column))
        {
            throw Reasons.PlanUnknownColumn.Because($"The product has no column {Naming.Quote(name)}.", "Use the names of the product's definition.");
        }

        return column.Role is ColumnRole.Dimension or ColumnRole.Measure
            ? column
            : throw Reasons.ColumnNotUsable.Because(
                $"The column {Naming.Quote(name)} is {(column.Role == ColumnRole.Identifier ? "an identifier" : "hidden")} and never used in a question.",
                "Ask without it.");
    }

    private ColumnType CallType(Call call, int depth)
    {
        var types = new ColumnType[call.Arguments.Count];
        for (var i = 0; i < types.Length; i++)
        {
            var type = TypeOf(call.Arguments[i], depth + 1);
            types[i] = type ?? throw Reasons.PlanTypeMismatch.Because("The plan applies a function to the constant NULL.", Rewrite);
        }

        var fits = call.Operator switch
        {
            Operator.In => call.Arguments.Skip(1).All(argument => argument.KindCase == Expression.KindOneofCase.Literal),
            Operator.Bucket => types.Length == 1 && call.Arguments[0].KindCase == Expression.KindOneofCase.Column
                && columns[call.Arguments[0].Column].Cuts.Count > 0,
            _ => true,
        };

        return (fits ? TypeRules.ResultOf(call.Operator, types, call.Grain) : null)
            ?? throw Reasons.PlanTypeMismatch.Because("The plan applies a function to arguments that it does not take.", Rewrite);
    }

    private ColumnType CaseType(CaseExpression @case, int depth)
    {
        if (@case.Branches.Count == 0)
        {
            throw Reasons.PlanInvalid.Because("The plan has a CASE without a branch.", Rewrite);
        }

        ColumnType? common = null;
        foreach (var branch in @case.Branches)
        {
            if (TypeOf(branch.Condition, depth + 1)?.Kind != TypeKind.Bool)
            {
                throw Reasons.PlanTypeMismatch.Because("The plan has a CASE condition that is not a boolean.", Rewrite);
            }

            common = Join(common, TypeOf(branch.Result, depth + 1));
        }

        if (@case.Otherwise is not null)
        {
            common = Join(common, TypeOf(@case.Otherwise, depth + 1));
        }

        return common ?? throw Reasons.PlanTypeMismatch.Because("The plan has a CASE without any value.", Rewrite);
    }

    private static ColumnType? Join(ColumnType? common, ColumnType? type) => (common, type) switch
    {
        (null, _) => type,
        (_, null) => common,
        var (one, other) => TypeRules.Common(one, other)
            ?? throw Reasons.PlanTypeMismatch.Because("The plan has a CASE whose results are of different types.", Rewrite),
    };
}
