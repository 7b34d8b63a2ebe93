using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Exchange.Query.Rules;
using Google.Protobuf;

namespace Exchange.Query.Approval;

/// <summary>
/// The sets of rows whose figures could be read off an answer: all rows of a cell; the rows that go into each aggregate, where a
/// filter or a NULL leaves some out; and, since SUM(CASE WHEN c THEN x ELSE 0 END) is SUM(x) FILTER (WHERE c) in other words, the
/// rows that take each way through the CASEs of an aggregate. Two CASEs that meet, as factors or as the two arguments of a
/// correlation, make one way of each pair of branches: their product tells of the rows that take both. Noted with them: what is
/// added up over which set, and over which sets rows are counted.
/// </summary>
/// <remarks>
/// How many values a column lacks is no figure that is protected: COUNT(*) minus COUNT(x) tells it, and nothing else of those rows.
/// A division may be NULL for what its divisor is, so that its count is one over a condition like any other.
/// </remarks>
internal sealed class SupportSets
{
    private readonly IReadOnlyDictionary<string, Column> _columns;
    private readonly int _conditionsMax;
    private readonly List<Expression?> _supports = [null];
    private readonly Dictionary<ByteString, int> _seen = [];
    private readonly List<Contribution> _contributions = [];
    private readonly List<Expression?> _counted = [];

    private SupportSets(IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        _columns = columns;
        _conditionsMax = conditionsMax;
    }

    /// <summary>The conditions, each once; the first is null.</summary>
    public IReadOnlyList<Expression?> Supports => _supports;

    /// <summary>What is added up over them, each once.</summary>
    public IReadOnlyList<Contribution> Contributions => _contributions;

    /// <summary>The sets of the aggregates.</summary>
    public static SupportSets Of(IReadOnlyList<ApprovedAggregate> aggregates, IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        var sets = new SupportSets(columns, conditionsMax);
        for (var index = 0; index < aggregates.Count; index++)
        {
            sets.AddAggregate(aggregates[index], index);
        }

        return sets;
    }

    /// <summary>Which figures can be subtracted from each other; null when none can.</summary>
    public SubtractionAudit? Audit()
    {
        var conditions = new List<Expression?>();
        ulong Bits(IEnumerable<Expression?> figures)
        {
            var bits = 0UL;
            foreach (var figure in figures)
            {
                var index = conditions.IndexOf(figure);
                if (index < 0)
                {
                    if (conditions.Count == SubtractionAudit.ConditionsMax)
                    {
                        throw TooMany(SubtractionAudit.ConditionsMax);
                    }

                    index = conditions.Count;
                    conditions.Add(figure);
                }

                bits |= 1UL << index;
            }

            return bits;
        }

        var kinds = new List<FigureKind>();
        var counted = _counted.Distinct().ToList();
        if (counted.Count > 1)
        {
            kinds.Add(new FigureKind(-1, Bits(counted)));
        }

        foreach (var same in _contributions.Select((contribution, index) => (contribution, index)).GroupBy(pair => pair.contribution.Value).Where(same => same.Count() > 1))
        {
            kinds.Add(new FigureKind(same.First().index, Bits(same.Select(pair => _supports[pair.contribution.Support]))));
        }

        return kinds.Count == 0 ? null : new SubtractionAudit(conditions, kinds);
    }

    private void AddAggregate(ApprovedAggregate aggregate, int index)
    {
        Expression[] filter = aggregate.Filter is null ? [] : [aggregate.Filter];
        Expression[] arguments = [.. new[] { aggregate.Argument, aggregate.SecondArgument }.OfType<Expression>()];
        Add([.. filter, .. NotNull(arguments)]);
        foreach (var way in Together(arguments))
        {
            // Rows whose value is NULL go into no figure.
            if (!way.Values.Any(HoldsNull))
            {
                var support = Add([.. filter, .. way.Conditions, .. NotNull(way.Values)]);
                _counted.Add(JoinAll([.. filter, .. way.Conditions, .. NotNull(way.Values.Where(Summands.HasVaryingDivisor))]));
                if (aggregate.Kind is AggregateKind.Sum or AggregateKind.Moments or AggregateKind.Comoments)
                {
                    AddContributions(support, way.Values, aggregate, index);
                }
            }
        }
    }

    private void AddContributions(int support, Expression[] values, ApprovedAggregate aggregate, int index)
    {
        foreach (var value in values.SelectMany(Summands.Of))
        {
            var contribution = ContributionOf(support, value, value.Equals(aggregate.Argument) ? index : -1);
            var known = _contributions.FindIndex(other => other.Support == support && other.Value.Equals(value));
            if (known < 0)
            {
                CheckCount(_contributions.Count + 1);
                _contributions.Add(contribution);
            }
            else if (_contributions[known].SumOf < 0)
            {
                _contributions[known] = contribution;
            }
        }
    }

    private Contribution ContributionOf(int support, Expression value, int sumOf)
    {
        var bounds = ExpressionBounds.Of(value, _columns);
        double? magnitude = bounds is null ? null : Math.Max(Math.Abs(bounds.Low), Math.Abs(bounds.High));
        var keepsSign = bounds is not null && (bounds.Low >= 0 || bounds.High <= 0);
        var column = value.KindCase == Expression.KindOneofCase.Column ? _columns[value.Column] : null;
        var nearest = column is null || bounds is null ? 0 : Math.Clamp(0, bounds.Low, bounds.High);
        return new Contribution(support, value, column?.SourceName, nearest, magnitude, column?.Definition?.ZeroHarmless ?? false, keepsSign ? sumOf : -1);
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

    private int Add(Expression[] conditions)
    {
        if (JoinAll(conditions) is not { } support)
        {
            return 0;
        }

        if (_seen.TryGetValue(support.ToByteString(), out var index))
        {
            return index;
        }

        CheckCount(_seen.Count + 1);
        _seen.Add(support.ToByteString(), _supports.Count);
        _supports.Add(support);
        return _supports.Count - 1;
    }

    private void CheckCount(long conditions)
    {
        if (conditions > _conditionsMax)
        {
            throw TooMany(_conditionsMax);
        }
    }

    private static ExchangeException TooMany(int most) => Reasons.TooManyConditions.Because(
        $"The plan has more than {most} distinct filters, nullable arguments and CASE branches.", "Ask for fewer figures at a time.");

    private IEnumerable<Expression> NotNull(IEnumerable<Expression> values) => values.Where(MayBeNull).Select(value => Test(Operator.IsNotNull, value));

    /// <summary>Arithmetic with a NULL is NULL.</summary>
    private static bool HoldsNull(Expression value) =>
        Literals.IsNull(value) || (value.KindCase == Expression.KindOneofCase.Call && value.Call.Arguments.Any(HoldsNull));

    private bool MayBeNull(Expression expression) => ExpressionNulls.MayBeNull(expression, _columns);

    private Expression NotTrue(Expression condition) => NotTrue(condition, _columns);

    /// <summary>Holds where the condition is false or NULL.</summary>
    public static Expression NotTrue(Expression condition, IReadOnlyDictionary<string, Column> columns) => ExpressionNulls.MayBeNull(condition, columns)
        ? Join(Operator.Or, [Test(Operator.Not, condition), Test(Operator.IsNull, condition)])
        : Test(Operator.Not, condition);

    private static Expression? JoinAll(Expression[] conditions) => conditions.Length switch
    {
        0 => null,
        1 => conditions[0],
        _ => Join(Operator.And, conditions),
    };

    private static Expression Test(Operator function, Expression argument) => Join(function, [argument]);

    private static Expression Join(Operator function, Expression[] arguments) =>
        new() { Call = new Call { Operator = function, Arguments = { arguments } } };

    /// <summary>Values as the rows see them for which all the conditions hold.</summary>
    private sealed record Way(Expression[] Conditions, Expression[] Values)
    {
        public Way Behind(Expression[] conditions) => this with { Conditions = [.. conditions, .. Conditions] };
    }
}
