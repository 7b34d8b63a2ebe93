using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Query.Approval;

/// <summary>
/// What an owner's node asks of its own engine to build a safe table: what each unit has in each combination of dimension values. The
/// answer never leaves the node, so no offer has to allow it.
/// </summary>
public sealed class TableScan
{
    // The table's own rules are checked when it is built.
    private static readonly ReleaseRules NoRules = new(MinUnits: 0, DominanceN: 1, DominancePercent: 100, PPercent: 0, Coalition: 0, MinSpread: 0);

    private readonly List<ApprovedAggregate> _aggregates = [new(AggregateKind.CountRows, null, null, null, null, null, 0, 0)];
    private readonly List<ApprovedKey> _keys = [];
    private readonly ExpressionTypes _types;
    private readonly DerivedWriter _writer;

    /// <summary>The scan of some dimensions and measures of a product.</summary>
    /// <param name="product">The product.</param>
    /// <param name="dimensions">Names of dimensions, in order of importance.</param>
    /// <param name="measures">The measures, as expressions over measures.</param>
    /// <param name="rowByRow">
    /// Have the engine hand over rows instead of grouping them by unit, which costs it more than it saves where units have few rows.
    /// </param>
    public TableScan(Product product, IReadOnlyList<string> dimensions, IReadOnlyList<MeasureRequest> measures, bool rowByRow = false)
    {
        var limits = new FragmentLimits();
        _types = new ExpressionTypes(product.Columns, limits.PlanDepthMax, limits.PlanNodesMax);
        _writer = new DerivedWriter(product.Columns, limits.PlanNodesMax);
        foreach (var name in dimensions)
        {
            var key = GroupingRules.KeyOf(product.Columns[name]);
            _keys.Add(new ApprovedKey(key, _types.Of(key)));
        }

        DimensionTypes = [.. _keys.Select(key => key.Type)];
        if (product.Unit is { } unit)
        {
            _keys.Add(new ApprovedKey(new Expression { Column = unit.Name }, unit.Type));
        }

        ValuesAreKeys = rowByRow || product.Unit is null;
        Measures = [.. measures.Select(measure => Scan(measure, ValuesAreKeys))];
        Fragment = new ApprovedFragment(product, _keys, _aggregates, null, [null], [], null, NoRules, cellsMax: int.MaxValue - 1) { RowByRow = rowByRow };
    }

    /// <summary>
    /// Of its keys, the dimensions come first; then the unit, unless rows are units; then, where <see cref="ValuesAreKeys"/>, the value of
    /// every measure. The first aggregate counts rows.
    /// </summary>
    public ApprovedFragment Fragment { get; }

    /// <summary>Types of the dimensions' keys.</summary>
    public IReadOnlyList<ColumnType> DimensionTypes { get; }

    /// <summary>Where the measures are, in their order.</summary>
    public IReadOnlyList<ScannedMeasure> Measures { get; }

    /// <summary>Whether each row is its own unit: then a cell is of so many rows that are alike in everything, and not of one unit.</summary>
    public bool RowsAreUnits => Fragment.Product.Unit is null;

    /// <summary>Whether a cell is of rows that have the same value of every measure, which are keys, and has no other aggregate than their number.</summary>
    public bool ValuesAreKeys { get; }

    private ScannedMeasure Scan(MeasureRequest measure, bool asKey)
    {
        var type = _types.Of(measure.Expression);
        var expression = _writer.Write(measure.Expression);
        if (asKey)
        {
            _keys.Add(new ApprovedKey(expression, type));
            return new ScannedMeasure(type, Key: _keys.Count - 1);
        }

        int Add(AggregateKind kind, Expression argument, ValueGrid? grid = null)
        {
            _aggregates.Add(new ApprovedAggregate(kind, argument, type, null, null, null, 0, 0) { Grid = grid });
            return _aggregates.Count - 1;
        }

        return new ScannedMeasure(
            type,
            Sum: Add(AggregateKind.Sum, expression),
            Gross: measure.OneSided ? -1 : Add(AggregateKind.Sum, Absolute(expression, type)),
            Squares: measure.Squares ? Add(AggregateKind.Squares, expression) : -1,
            Least: Add(AggregateKind.Least, expression),
            Greatest: Add(AggregateKind.Greatest, expression),
            Bins: measure.Grid is null ? -1 : Add(AggregateKind.Bins, expression, measure.Grid));
    }

    private static Expression Absolute(Expression value, ColumnType type)
    {
        var zero = type.Kind switch
        {
            TypeKind.Int => new Value { IntValue = 0 },
            TypeKind.Decimal => new Value { DecimalValue = "0" },
            _ => new Value { DoubleValue = 0 },
        };
        var negative = new Expression { Call = new Call { Operator = Operator.Less, Arguments = { value, new Expression { Literal = zero } } } };
        return new Expression
        {
            CaseExpression = new CaseExpression
            {
                Branches = { new CaseBranch { Condition = negative, Result = new Expression { Call = new Call { Operator = Operator.Negate, Arguments = { value } } } } },
                Otherwise = value,
            },
        };
    }
}

/// <summary>A measure to be scanned.</summary>
/// <param name="Expression">Over measures of the product.</param>
/// <param name="Squares">Whether sums of squares are wanted.</param>
/// <param name="OneSided">Its values are all of one sign, so that Σ|x| is |Σx|.</param>
/// <param name="Grid">By whose bins its values are wanted; null for none.</param>
public sealed record MeasureRequest(Expression Expression, bool Squares, bool OneSided, ValueGrid? Grid = null);

/// <summary>Where a cell has what it gives to a measure: a key where values are keys, otherwise states of aggregates; -1 for none.</summary>
public sealed record ScannedMeasure(ColumnType Type, int Key = -1, int Sum = -1, int Gross = -1, int Squares = -1, int Least = -1, int Greatest = -1, int Bins = -1);
