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
/// How many values a column lacks follows from COUNT(*) minus COUNT(x), and nothing else of those rows does: it is enough that several
/// units lack one (see <see cref="ValueGap"/>). A division may be NULL for what its divisor is, so that its count is one over a condition like any other.
/// </remarks>
internal sealed class SupportSets
{
    private readonly IReadOnlyDictionary<string, Column> _columns;
    private readonly int _conditionsMax;
    private readonly List<Expression?> _supports = [null];
    private readonly Dictionary<ByteString, int> _seen = [];
    private readonly List<Contribution> _contributions = [];
    private readonly List<Expression?> _counted = [];
    private readonly HashSet<int> _countedSupports = [];
    private readonly List<(Expression[] Conditions, int Present, Expression[] Values)> _nullable = [];
    private readonly List<Summed> _summed = [];

    private SupportSets(IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        _columns = columns;
        _conditionsMax = conditionsMax;
    }

    /// <summary>The conditions, each once; the first is null.</summary>
    public IReadOnlyList<Expression?> Supports => _supports;

    /// <summary>What is added up over them, each once.</summary>
    public IReadOnlyList<Contribution> Contributions => _contributions;

    /// <summary>Where the number of rows that lack a value can be told.</summary>
    public IReadOnlyList<ValueGap> Gaps { get; private set; } = [];

    /// <summary>The sets of the aggregates.</summary>
    public static SupportSets Of(IReadOnlyList<ApprovedAggregate> aggregates, IReadOnlyDictionary<string, Column> columns, int conditionsMax)
    {
        var sets = new SupportSets(columns, conditionsMax);
        for (var index = 0; index < aggregates.Count; index++)
        {
            sets.AddAggregate(aggregates[index], index);
        }

        sets.AddDifferences();
        sets.AddDerived();
        sets.AddGaps();
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
        // Units are counted over rows, whoever they belong to: those without an id are one more.
        Expression[] arguments = aggregate.Kind == AggregateKind.Units ? [] : [.. new[] { aggregate.Argument, aggregate.SecondArgument }.OfType<Expression>()];
        Add([.. filter, .. NotNull(arguments)]);
        foreach (var way in Together(arguments))
        {
            // Rows whose value is NULL go into no figure.
            if (!way.Values.Any(HoldsNull))
            {
                Expression[] nullable = [.. way.Values.Where(MayBeNull)];
                var support = Add([.. filter, .. way.Conditions, .. NotNull(way.Values)]);
                _countedSupports.Add(support);
                if (nullable.Length > 0)
                {
                    _nullable.Add(([.. filter, .. way.Conditions], support, nullable));
                }

                _counted.Add(JoinAll([.. filter, .. way.Conditions, .. NotNull(way.Values.Where(Summands.HasVaryingDivisor))]));
                if (aggregate.Kind is AggregateKind.Sum or AggregateKind.Moments or AggregateKind.Comoments)
                {
                    AddContributions(support, way.Values, aggregate, index);
                    _summed.AddRange(way.Values.Select(value => new Summed([.. filter, .. way.Conditions], Summands.Total(value))).Where(one => one.Value is not null));
                }
            }
        }
    }

    /// <summary>Rule 7: two sums in one unit of measure subtract (gross minus net), over the rows of either.</summary>
    private void AddDifferences()
    {
        var measured = _summed.Select(one => (Summed: one, In: MeasuredIn(one.Value!))).Where(one => one.In.Length > 0).ToList();
        for (var i = 0; i < measured.Count; i++)
        {
            for (var j = i + 1; j < measured.Count; j++)
            {
                var (one, other) = (measured[i].Summed, measured[j].Summed);
                if (measured[i].In == measured[j].In && !one.Value!.Equals(other.Value))
                {
                    AddTotal(one.Conditions, Join(Operator.Subtract, [one.Value, other.Value!]));
                    AddTotal(other.Conditions, Join(Operator.Subtract, [one.Value, other.Value!]));
                }
            }
        }
    }

    /// <summary>Rule 7: the sum of a derived measure follows from the sums of what it adds up.</summary>
    private void AddDerived()
    {
        var known = _summed.Where(one => one.Value!.KindCase == Expression.KindOneofCase.Column).ToLookup(one => one.Value!.Column);
        foreach (var column in _columns.Values.Where(column => column.Derived is not null))
        {
            var value = new DerivedWriter(_columns, int.MaxValue).Write(column.Derived!);
            var parts = Summands.IsLinear(value) && Summands.Total(value) is { } total ? Summands.ColumnsOf(total).Select(part => part.Column).Distinct().ToList() : [];
            if (parts.Count > 1 && parts.TrueForAll(known.Contains))
            {
                foreach (var one in parts.SelectMany(part => known[part]).ToList())
                {
                    AddTotal(one.Conditions, Summands.Total(value)!);
                }
            }
        }
    }

    private void AddTotal(Expression[] conditions, Expression value)
    {
        var support = Add([.. conditions, .. NotNull(Summands.ColumnsOf(value).Distinct())]);
        if (!_contributions.Exists(known => known.Support == support && known.Value.Equals(value)))
        {
            CheckCount(_contributions.Count + 1);
            _contributions.Add(ContributionOf(support, value, null, -1));
        }
    }

    /// <summary>The unit of measure of what a sum adds up, which all of its columns share; empty for none, and for products.</summary>
    private string MeasuredIn(Expression value)
    {
        var units = Summands.IsLinear(value) ? Summands.ColumnsOf(value).Select(column => _columns[column.Column].Definition?.MeasuredIn ?? "").Distinct().ToList() : [];
        return units.Count == 1 ? units[0] : "";
    }

    private void AddGaps() => Gaps =
    [
        .. _nullable.DistinctBy(one => one.Present).Select(one => (one, All: JoinAll(one.Conditions) is { } all ? _seen.GetValueOrDefault(all.ToByteString(), -1) : 0))
            .Where(pair => pair.All != pair.one.Present && _countedSupports.Contains(pair.All))
            .Select(pair => new ValueGap(pair.All, pair.one.Present, JoinAll([.. pair.one.Conditions, AnyNull(pair.one.Values)])!)),
    ];

    private static Expression AnyNull(Expression[] values)
    {
        Expression[] tests = [.. values.Select(value => Test(Operator.IsNull, value))];
        return tests.Length == 1 ? tests[0] : Join(Operator.Or, tests);
    }

    private void AddContributions(int support, Expression[] values, ApprovedAggregate aggregate, int index)
    {
        foreach (var value in values.SelectMany(Summands.Of).Concat(SquaresOf(values, aggregate.Kind)))
        {
            var contribution = ContributionOf(support, value, aggregate, index);
            var known = _contributions.FindIndex(other => other.Support == support && other.Value.Equals(value));
            if (known < 0)
            {
                CheckCount(_contributions.Count + 1);
                _contributions.Add(contribution);
            }
            else if (_contributions[known].SumOf < 0 || (contribution is { SumOf: >= 0, Root.Count: > 0 } && aggregate.Kind != AggregateKind.Sum))
            {
                _contributions[known] = contribution;
            }
        }
    }

    /// <summary>Moments tell sums of squares, and those of two values their products too.</summary>
    private static IEnumerable<Expression> SquaresOf(Expression[] values, AggregateKind kind) => kind switch
    {
        AggregateKind.Moments => Summands.OfProduct(values[0], values[0]),
        AggregateKind.Comoments => [.. Summands.OfProduct(values[0], values[0]), .. Summands.OfProduct(values[1], values[1]), .. Summands.OfProduct(values[0], values[1])],
        _ => [],
    };

    private Contribution ContributionOf(int support, Expression value, ApprovedAggregate? aggregate, int index)
    {
        IReadOnlyList<Expression> factors = Summands.FactorsOf(value) is { Count: > 0 } several ? several : [value];
        var root = RootOf(factors);
        var bounds = ExpressionBounds.Of(value, _columns);
        double? magnitude = bounds is null ? null : Math.Max(Math.Abs(bounds.Low), Math.Abs(bounds.High));
        var keepsSign = root.Length > 0 || (bounds is not null && (bounds.Low >= 0 || bounds.High <= 0));
        Column[] columns = factors.All(factor => factor.KindCase == Expression.KindOneofCase.Column) ? [.. factors.Select(factor => _columns[factor.Column])] : [];
        var part = keepsSign && aggregate is not null ? PartOf(value, aggregate) : null;
        return new Contribution(
            support, value, columns.Length == 1 ? columns[0].SourceName : null, columns.Length == 0 ? 0 : columns.Aggregate(1.0, (product, column) => product * NearestOf(column)),
            magnitude, columns.Length > 0 && columns.All(column => column.Definition?.ZeroHarmless ?? false), part is null ? -1 : index)
        {
            Factors = factors,
            Root = root,
            Columns = [.. columns.Select(column => column.SourceName)],
            Degree = Summands.DegreeOf(value),
            Range = bounds is null ? (0, double.PositiveInfinity) : (root.Length > 0 ? Math.Max(0, bounds.Low) : bounds.Low, bounds.High),
            Part = part ?? default,
        };
    }

    private static double NearestOf(Column column) => column.Bounds is { } bounds ? Math.Clamp(0, bounds.Low, bounds.High) : 0;

    /// <summary>Every second factor, where the factors, which are in order, are so many pairs.</summary>
    private static Expression[] RootOf(IReadOnlyList<Expression> factors)
    {
        Expression[] root = [.. factors.Where((_, index) => index % 2 == 1)];
        return factors.Count == 2 * root.Length && root.Index().All(factor => factor.Item.Equals(factors[2 * factor.Index])) ? root : [];
    }

    private static MomentPart? PartOf(Expression value, ApprovedAggregate aggregate)
    {
        if (value.Equals(aggregate.Argument))
        {
            return MomentPart.X;
        }

        if (value.Equals(aggregate.SecondArgument))
        {
            return MomentPart.Y;
        }

        return aggregate.Kind is not (AggregateKind.Moments or AggregateKind.Comoments) ? null
            : value.Equals(Summands.Product(aggregate.Argument!, aggregate.Argument!)) && IsPure(aggregate.Argument!) ? MomentPart.XX
            : aggregate.SecondArgument is not { } second || !IsPure(second) ? null
            : value.Equals(Summands.Product(second, second)) ? MomentPart.YY
            : value.Equals(Summands.Product(aggregate.Argument!, second)) && IsPure(aggregate.Argument!) ? MomentPart.XY
            : null;
    }

    /// <summary>A constant factor would be in the state and not in the contribution.</summary>
    private static bool IsPure(Expression argument) => argument.KindCase == Expression.KindOneofCase.Column;

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

    /// <summary>A value that is added up over the rows that fulfil the conditions and have it, without constants; null where it has nothing else.</summary>
    private sealed record Summed(Expression[] Conditions, Expression? Value);

    /// <summary>Values as the rows see them for which all the conditions hold.</summary>
    private sealed record Way(Expression[] Conditions, Expression[] Values)
    {
        public Way Behind(Expression[] conditions) => this with { Conditions = [.. conditions, .. Conditions] };
    }
}
