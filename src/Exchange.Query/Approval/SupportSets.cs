using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Query.Approval;

/// <summary>
/// The sets of rows whose figures could be read off an answer: all rows of a cell; the rows that go into each aggregate, where a
/// filter or a NULL leaves some out; and, since SUM(CASE WHEN c THEN x ELSE 0 END) is SUM(x) FILTER (WHERE c) in other words, the
/// rows that take each branch of each CASE.
/// </summary>
internal sealed class SupportSets
{
    private readonly IReadOnlyDictionary<string, Column> _columns;
    private readonly int _conditionsMax;
    private readonly List<Expression?> _supports = [null];
    private readonly HashSet<ByteString> _seen = [];

    private SupportSets(IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        _columns = columns;
        _conditionsMax = conditionsMax;
    }

    /// <summary>The conditions, each once; the first is null.</summary>
    public static IReadOnlyList<Expression?> Of(IEnumerable<ApprovedAggregate> aggregates, IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        var sets = new SupportSets(columns, conditionsMax);
        foreach (var aggregate in aggregates)
        {
            sets.AddAggregate(aggregate);
        }

        return sets._supports;
    }

    private void AddAggregate(ApprovedAggregate aggregate)
    {
        Expression[] filter = aggregate.Filter is null ? [] : [aggregate.Filter];
        Expression[] arguments = [.. new[] { aggregate.Argument, aggregate.SecondArgument }.OfType<Expression>()];
        Add([.. filter, .. arguments.Where(MayBeNull).Select(argument => Test(Operator.IsNotNull, argument))]);
        foreach (var argument in arguments)
        {
            AddBranches(argument, filter);
        }
    }

    /// <summary>Walks the values of an argument; <paramref name="path"/> is what holds for the rows that reach this value.</summary>
    private void AddBranches(Expression value, Expression[] path)
    {
        if (value.KindCase == Expression.KindOneofCase.Call)
        {
            foreach (var argument in value.Call.Arguments)
            {
                AddBranches(argument, path);
            }
        }

        if (value.KindCase != Expression.KindOneofCase.CaseExpression)
        {
            return;
        }

        // A branch is taken by the rows for which its condition is the first that is true; NULL passes on like false.
        var passed = path;
        foreach (var branch in value.CaseExpression.Branches)
        {
            AddBranch(branch.Result, [.. passed, branch.Condition]);
            passed = [.. passed, NotTrue(branch.Condition)];
        }

        if (value.CaseExpression.Otherwise is { } otherwise)
        {
            AddBranch(otherwise, passed);
        }
    }

    private void AddBranch(Expression result, Expression[] path)
    {
        // Rows whose value is the constant NULL go into no figure.
        if (Literals.IsNull(result))
        {
            return;
        }

        Add(path);
        if (MayBeNull(result))
        {
            Add([.. path, Test(Operator.IsNotNull, result)]);
        }

        AddBranches(result, path);
    }

    private void Add(Expression[] conditions)
    {
        if (conditions.Length == 0)
        {
            return;
        }

        var support = conditions.Length == 1 ? conditions[0] : Join(Operator.And, conditions);
        if (!_seen.Add(support.ToByteString()))
        {
            return;
        }

        if (_seen.Count > _conditionsMax)
        {
            throw Reasons.TooManyConditions.Because($"The plan has more than {_conditionsMax} distinct filters, nullable arguments and CASE branches.",
                "Ask for fewer figures at a time.");
        }

        _supports.Add(support);
    }

    private bool MayBeNull(Expression expression) => ExpressionNulls.MayBeNull(expression, _columns);

    private Expression NotTrue(Expression condition) => MayBeNull(condition)
        ? Join(Operator.Or, [Test(Operator.Not, condition), Test(Operator.IsNull, condition)])
        : Test(Operator.Not, condition);

    private static Expression Test(Operator function, Expression argument) => Join(function, [argument]);

    private static Expression Join(Operator function, Expression[] arguments) =>
        new() { Call = new Call { Operator = function, Arguments = { arguments } } };
}
