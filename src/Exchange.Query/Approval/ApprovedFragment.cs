using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Query.Approval;

/// <summary>
/// A fragment that the owner's terms allow, type-checked and with derived measures written out. Only
/// <see cref="FragmentPolicy.Approve"/> makes one.
/// </summary>
public sealed class ApprovedFragment
{
    internal ApprovedFragment(
        Product product,
        IReadOnlyList<ApprovedKey> keys,
        IReadOnlyList<ApprovedAggregate> aggregates,
        Expression? where,
        IReadOnlyList<Expression?> supports,
        IReadOnlyList<Contribution> contributions,
        SubtractionAudit? audit,
        ReleaseRules rules,
        int cellsMax)
    {
        Product = product;
        Keys = keys;
        Aggregates = aggregates;
        Where = where;
        Supports = supports;
        Contributions = contributions;
        Audit = audit;
        Rules = rules;
        CellsMax = cellsMax;
    }

    /// <summary>The product its columns belong to; a column in an expression is a logical name of it, and means the raw value.</summary>
    public Product Product { get; }

    /// <summary>Grouping expressions.</summary>
    public IReadOnlyList<ApprovedKey> Keys { get; }

    /// <summary>Aggregates, as in the fragment.</summary>
    public IReadOnlyList<ApprovedAggregate> Aggregates { get; }

    /// <summary>Rows that count; null for all.</summary>
    public Expression? Where { get; }

    /// <summary>
    /// Every set of rows whose figures could be read off the answer, as a condition within a cell: the first is null (all rows of
    /// the cell), then one per distinct filter, nullable argument and CASE branch. Each must hold nobody or at least <c>min_units</c> of <see cref="Rules"/>.
    /// </summary>
    public IReadOnlyList<Expression?> Supports { get; }

    /// <summary>What is added up over the supports, of which no unit may make up too much.</summary>
    public IReadOnlyList<Contribution> Contributions { get; }

    /// <summary>Which figures of a cell can be subtracted from each other; null when none can.</summary>
    public SubtractionAudit? Audit { get; }

    /// <summary>Where an answer tells how many rows lack a value.</summary>
    public IReadOnlyList<ValueGap> Gaps { get; internal init; } = [];

    /// <summary>The owner's rules for what is released.</summary>
    public ReleaseRules Rules { get; }

    /// <summary>A condition for the rows of a cell that fulfil exactly those of the audit's conditions that the pattern has, within the mask.</summary>
    public Expression WhereExactly(ulong pattern, ulong mask)
    {
        var all = new Call { Operator = Operator.And };
        for (var index = 0; index < Audit!.Conditions.Count; index++)
        {
            if ((mask >> index & 1) != 0 && Audit.Conditions[index] is { } condition)
            {
                all.Arguments.Add((pattern >> index & 1) != 0 ? condition : SupportSets.NotTrue(condition, Product.Columns));
            }
        }

        return all.Arguments.Count == 1 ? all.Arguments[0] : new Expression { Call = all };
    }

    /// <summary>
    /// Whether a visit may hand over rows as they are read: a key then comes in several cells, whose numbers of rows add up. Only of
    /// fragments without aggregates but the number of rows.
    /// </summary>
    public bool RowByRow { get; internal init; }

    /// <summary>Most cells the engine may return.</summary>
    public int CellsMax { get; }

    /// <summary>What one privacy unit may add to the figures, at most; null where everything counts.</summary>
    public ContributionBounds? Bounds { get; internal init; }
}

/// <summary>A grouping expression with the type of its keys (a BUCKET's is int).</summary>
public sealed record ApprovedKey(Expression Expression, ColumnType Type);

/// <summary>An aggregate with its expressions type-checked and derived measures written out.</summary>
/// <param name="Kind">What is computed.</param>
/// <param name="Argument">Null for COUNT_ROWS.</param>
/// <param name="ArgumentType">Type of the argument; null with it.</param>
/// <param name="SecondArgument">Only for COMOMENTS.</param>
/// <param name="SecondArgumentType">Type of the second argument; null with it.</param>
/// <param name="Filter">Rows that count; null for all.</param>
/// <param name="ShiftX">Shift of the argument.</param>
/// <param name="ShiftY">Shift of the second argument.</param>
public sealed record ApprovedAggregate(
    AggregateKind Kind, Expression? Argument, ColumnType? ArgumentType, Expression? SecondArgument, ColumnType? SecondArgumentType,
    Expression? Filter, double ShiftX, double ShiftY)
{
    /// <summary>Of a histogram and what comes of one: the measure's grid.</summary>
    public ValueGrid? Grid { get; init; }

    /// <summary>Of GRID_SUM and GRID_SQUARES: how values become whole numbers.</summary>
    public IntegerGrid? Integers { get; init; }
}

/// <summary>
/// Turns each value into a whole number within ±<paramref name="Reach"/>: round((x - middle)/step), or of squares round((x - middle)²/step).
/// </summary>
/// <param name="Middle">Subtracted first.</param>
/// <param name="Step">Width of one number, above 0.</param>
/// <param name="Reach">Largest number, from 1.</param>
public sealed record IntegerGrid(double Middle, double Step, long Reach);
