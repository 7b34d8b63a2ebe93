using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

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
        int minUnits,
        int cellsMax)
    {
        Product = product;
        Keys = keys;
        Aggregates = aggregates;
        Where = where;
        Supports = supports;
        MinUnits = minUnits;
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
    /// the cell), then one per distinct filter, nullable argument and CASE branch. Each must hold nobody or at least <see cref="MinUnits"/>.
    /// </summary>
    public IReadOnlyList<Expression?> Supports { get; }

    /// <summary>Fewest distinct units behind a released figure.</summary>
    public int MinUnits { get; }

    /// <summary>Most cells the engine may return.</summary>
    public int CellsMax { get; }
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
    Expression? Filter, double ShiftX, double ShiftY);
