using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Query.Approval;

/// <summary>
/// The sets of rows whose figures could be read off an answer: all rows of a cell; the rows that go into each aggregate, where a
/// filter or a NULL leaves some out; and, since SUM(CASE WHEN c THEN x ELSE 0 END) is SUM(x) FILTER (WHERE c) in other words, the
/// rows that take each way through the CASEs of an aggregate. Two CASEs that meet, as factors or as the two arguments of a
/// correlation, make one way of each pair of branches: their product tells of the rows that take both.
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
        Add([.. filter, .. NotNull(arguments)]);
        foreach (var way in Together(arguments))
        {
            // Rows whose value is NULL go into no figure.
            if (!way.Values.Any(HoldsNull))
            {
                Add([.. filter, .. way.Conditions, .. NotNull(way.Values)]);
            }
        }
    }

    /// <summary>The ways through all of the values at once: every way through one with every way through the next.</summary>
    private List<Way> Together(IEnumerable<Expression> values)
    {
        List<Way> together = [new Way([], [])];
        foreach (var value in values)
        {
            var next = Through(value);
            CheckCount((long)together.Count * next.Count);
            together = [.. together.SelectMany(one => next, (one, other) => new Way([.. one.Conditions, .. other.Conditions], [.. one.Values, .. other.Values]))];
        }

        return together;
    }

    /// <summary>The ways through one value; each has a single value, without a CASE.</summary>
    private List<Way> Through(Expression value) => value.KindCase switch
    {
        Expression.KindOneofCase.Call =>
            [.. Together(value.Call.Arguments).Select(way => new Way(way.Conditions, [Join(value.Call.Operator, way.Values)]))],
        Expression.KindOneofCase.CaseExpression => ThroughCase(value.CaseExpression),
        _ => [new Way([], [value])],
    };

    private List<Way> ThroughCase(CaseExpression value)
    {
        var ways = new List<Way>();
        Expression[] passed = [];

        // A branch is taken by the rows for which its condition is the first that is true; NULL passes on like false.
        foreach (var branch in value.Branches)
        {
            ways.AddRange(Through(branch.Result).Select(way => way.Behind([.. passed, branch.Condition])));
            passed = [.. passed, NotTrue(branch.Condition)];
        }

        if (value.Otherwise is { } otherwise)
        {
            ways.AddRange(Through(otherwise).Select(way => way.Behind(passed)));
        }

        CheckCount(ways.Count);
        return ways;
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

        CheckCount(_seen.Count);
        _supports.Add(support);
    }

    private void CheckCount(long conditions)
    {
        if (conditions > _conditionsMax)
        {
            throw Reasons.TooManyConditions.Because($"The plan has more than {_conditionsMax} distinct filters, nullable arguments and CASE branches.",
                "Ask for fewer figures at a time.");
        }
    }

    private IEnumerable<Expression> NotNull(IEnumerable<Expression> values) => values.Where(MayBeNull).Select(value => Test(Operator.IsNotNull, value));

    /// <summary>Arithmetic with a NULL is NULL.</summary>
    private static bool HoldsNull(Expression value) =>
        Literals.IsNull(value) || (value.KindCase == Expression.KindOneofCase.Call && value.Call.Arguments.Any(HoldsNull));

    private bool MayBeNull(Expression expression) => ExpressionNulls.MayBeNull(expression, _columns);

    private Expression NotTrue(Expression condition) => MayBeNull(condition)
        ? Join(Operator.Or, [Test(Operator.Not, condition), Test(Operator.IsNull, condition)])
        : Test(Operator.Not, condition);

    private static Expression Test(Operator function, Expression argument) => Join(function, [argument]);

    private static Expression Join(Operator function, Expression[] arguments) =>
        new() { Call = new Call { Operator = function, Arguments = { arguments } } };

    /// <summary>Values as the rows see them for which all the conditions hold.</summary>
    private sealed record Way(Expression[] Conditions, Expression[] Values)
    {
        public Way Behind(Expression[] conditions) => this with { Conditions = [.. conditions, .. Conditions] };
    }
}
