using System.Globalization;
using System.Numerics;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Rules;
using Exchange.Query.Products;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// The statements of a fragment. The first, written here, computes every cell in one scan: keys, then aggregate columns, each written
/// once however often the states, supports and contributions use it. The second, only for cells with a small support, counts distinct
/// units: rows are grouped by key and unit first, which serves all supports in one pass and makes the rows without a unit id one unit.
/// The others are for the cells that the release rules want to know more of.
/// </summary>
internal sealed partial class FragmentSql
{
    private const int DecimalDigitsMax = 38;

    private readonly ApprovedFragment _fragment;
    private readonly IReadOnlyList<string> _tables;
    private readonly List<string> _outputs = [];
    private readonly Dictionary<string, int> _ordinals = [];
    private readonly bool _sumsFromMoments;
    private readonly bool _fewRows;

    /// <param name="fragment">What to compute.</param>
    /// <param name="tables">The parts, as one table.</param>
    /// <param name="countUnits">Count the distinct units of every support of every cell in the same scan.</param>
    /// <param name="sumsFromMoments">Take a sum of doubles from the moments of the same values, where those are asked for too.</param>
    /// <param name="fewRows">
    /// Sum by DuckDB's fsum: over some thousands of rows an aggregate of our own costs more to set up than it saves.
    /// </param>
    /// <param name="rowsPerUnitMax">Most rows of one unit, where the fragment bounds what a unit adds.</param>
    public FragmentSql(
        ApprovedFragment fragment, IReadOnlyList<string> tables, bool countUnits, bool sumsFromMoments, bool fewRows, long rowsPerUnitMax = long.MaxValue)
    {
        _fragment = fragment;
        _tables = tables;
        _sumsFromMoments = sumsFromMoments;
        _fewRows = fewRows;
        Parameters = new SqlText();
        States = new StateOrdinals[fragment.Aggregates.Count];
        SupportOrdinals = new int[fragment.Supports.Count];
        UnitOrdinals = new int[countUnits ? fragment.Supports.Count : 0];
        GrossOrdinals = new int[fragment.Contributions.Count];
        IsBounding = fragment.Bounds is { } bounds && fragment.Product.Unit is not null && !bounds.HoldFor(rowsPerUnitMax, fragment.Keys.Count);
        CellsText = IsBounding ? WriteBounded(fragment.Bounds!, rowsPerUnitMax) : WriteCells();
    }

    /// <summary>
    /// Where the fields of one state stand in a row; -1 for a field the kind does not have. A sum taken from moments has their
    /// shift: it is X + Count · Shift.
    /// </summary>
    internal sealed record StateOrdinals(int Count = -1, int Exact = -1, int X = -1, int Y = -1, int XX = -1, int YY = -1, int XY = -1, double Shift = 0, int Bins = -1, ValueGrid? Grid = null);

    /// <summary>Whether the statement goes by units first, because some of them may have more than counts.</summary>
    public bool IsBounding { get; }

    /// <summary>Parameters of <see cref="CellsText"/>.</summary>
    public SqlText Parameters { get; }

    /// <summary>The statement that computes the cells, at most one more than the bound.</summary>
    public string CellsText { get; }

    /// <summary>One per aggregate.</summary>
    public StateOrdinals[] States { get; }

    /// <summary>Column of each support's row count.</summary>
    public int[] SupportOrdinals { get; }

    /// <summary>Column of each support's distinct units; empty when they are not counted here.</summary>
    public int[] UnitOrdinals { get; }

    /// <summary>Column of each contribution's gross total; -1 where a state tells it.</summary>
    public int[] GrossOrdinals { get; }

    private string WriteCells()
    {
        var sql = new ExpressionSql(_fragment.Product, Parameters) { ErrorsAreNull = _fragment.Bounds is not null };
        var keys = WriteKeys(sql);
        for (var index = 0; index < States.Length; index++)
        {
            States[index] = WriteState(sql, _fragment.Aggregates[index]);
        }

        for (var index = 0; index < SupportOrdinals.Length; index++)
        {
            SupportOrdinals[index] = Output(_fragment is { Bounds.CountsUnits: true, Product.Unit: not null } ? UnitsOf(sql, null) : CountOf(sql, _fragment.Supports[index]));
        }

        for (var index = 0; index < UnitOrdinals.Length; index++)
        {
            UnitOrdinals[index] = Output(UnitsOf(sql, _fragment.Supports[index]));
        }

        for (var index = 0; index < GrossOrdinals.Length; index++)
        {
            var contribution = _fragment.Contributions[index];
            GrossOrdinals[index] = contribution.SumOf >= 0 ? -1 : Output(GrossOf(sql, contribution, _fragment.Supports[contribution.Support]));
        }

        var where = _fragment.Where is null ? "" : " WHERE " + sql.WriteWithoutError(_fragment.Where);
        var limit = string.Create(CultureInfo.InvariantCulture, $" LIMIT {_fragment.CellsMax + 1L}");
        return _fragment.RowByRow
            ? $"SELECT {string.Join(", ", keys)} FROM {From(sql)}{where}"
            : $"SELECT {string.Join(", ", keys.Concat(_outputs))} FROM {From(sql)}{where}{GroupBy(keys.Count)}{limit}";
    }

    /// <summary>A condition that asks only for the value is kept by the sum itself.</summary>
    private static string GrossOf(ExpressionSql sql, Contribution contribution, Expression? condition)
    {
        var sum = $"sum(abs({ProductOf(sql, contribution.Factors)}))";
        var keptBySum = condition is null || (condition is { Call: { Operator: Operator.IsNotNull } test } && contribution.Factors.All(factor => factor.Equals(test.Arguments[0])));
        return keptBySum ? sum : $"{sum} FILTER ({sql.Write(condition!)})";
    }

    /// <summary>Of doubles, so that a product or sum that no figure has to hold cannot overflow.</summary>
    private static string ProductOf(ExpressionSql sql, IReadOnlyList<Expression> factors) =>
        string.Join(" * ", factors.Select(factor => RealOf(sql, factor)));

    private static string RealOf(ExpressionSql sql, Expression value) => value is { Call: { Operator: Operator.Add or Operator.Subtract } sum }
        ? $"({RealOf(sql, sum.Arguments[0])} {(sum.Operator == Operator.Add ? '+' : '-')} {RealOf(sql, sum.Arguments[1])})"
        : $"CAST({sql.Write(value)} AS DOUBLE)";

    private static string Key(int index) => "k" + index.ToString(CultureInfo.InvariantCulture);

    private static string Support(int index) => "s" + index.ToString(CultureInfo.InvariantCulture);

    private static string As(string expression, string name) => expression + " AS " + name;

    private static string Join(params IEnumerable<string>[] lists) => string.Join(", ", lists.SelectMany(list => list));

    private static string GroupBy(int keys) => keys == 0 ? "" : " GROUP BY " + string.Join(", ", Enumerable.Range(1, keys));

    private IEnumerable<string> WriteConditions(ExpressionSql sql) =>
        _fragment.Supports.Select(support => support is null ? "TRUE" : sql.Write(support));

    private List<string> WriteKeys(ExpressionSql sql) => [.. _fragment.Keys.Select(key => key.Type.Kind switch
    {
        // Grouped as text, which keeps all 38 digits on the way out; one scale, so equal decimals are equal texts.
        TypeKind.Decimal => $"CAST({sql.Write(key.Expression)} AS VARCHAR)",
        TypeKind.Int => $"CAST({sql.Write(key.Expression)} AS BIGINT)",
        _ => sql.Write(key.Expression),
    })];

    /// <summary>Only the columns in use are named; appended parts are read as one table.</summary>
    private string From(ExpressionSql sql)
    {
        if (_tables.Count == 1)
        {
            return _tables[0];
        }

        var columns = sql.Columns.Count == 0 ? "1 AS one" : string.Join(", ", sql.Columns.Select(SqlText.Identifier));
        return "(" + string.Join(" UNION ALL ", _tables.Select(table => $"SELECT {columns} FROM {table}")) + ") AS parts";
    }

    private int Output(string expression)
    {
        if (!_ordinals.TryGetValue(expression, out var ordinal))
        {
            ordinal = _fragment.Keys.Count + _outputs.Count;
            _outputs.Add(expression);
            _ordinals.Add(expression, ordinal);
        }

        return ordinal;
    }

    /// <summary>A condition that asks only for a value is a plain count of it, which an aggregate over the value needs anyway.</summary>
    private string CountOf(ExpressionSql sql, Expression? condition) => condition switch
    {
        null => "count(*)",
        { Call: { Operator: Operator.IsNotNull } call } => ValueCount(sql, call.Arguments[0], ""),
        _ => $"count(*) FILTER ({sql.Write(condition)})",
    };

    private string ValueCount(ExpressionSql sql, Expression argument, string filter) =>
        IsNeverNull(argument) ? "count(*)" + filter : $"count({sql.WriteWithoutError(argument)}){filter}";

    private bool IsNeverNull(Expression argument) =>
        argument.KindCase == Expression.KindOneofCase.Column && _fragment.Product.Columns[argument.Column] is { Derived: null, Required: true };

    /// <summary>Rows without a unit id are one unit together.</summary>
    private string UnitsOf(ExpressionSql sql, Expression? condition)
    {
        var unit = sql.Stored(_fragment.Product.Unit!.SourceName);
        var within = condition is null ? "" : sql.Write(condition);
        var distinct = $"count(DISTINCT {unit})" + (condition is null ? "" : $" FILTER ({within})");
        var without = $"count(*) FILTER ({(condition is null ? "" : $"({within}) AND ")}{unit} IS NULL)";
        return _fragment.Product.Unit.Required ? distinct : $"{distinct} + CAST({without} > 0 AS BIGINT)";
    }

    private StateOrdinals WriteState(ExpressionSql sql, ApprovedAggregate aggregate)
    {
        var filter = aggregate.Filter is null ? "" : $" FILTER ({sql.WriteWithoutError(aggregate.Filter)})";
        if (aggregate.Kind is AggregateKind.CountRows or AggregateKind.Units)
        {
            // Units are counted once it is known whose cells are told of.
            return new StateOrdinals(Output("count(*)" + filter));
        }

        if (aggregate.Kind == AggregateKind.Comoments)
        {
            return WriteComoments(sql, aggregate, filter);
        }

        var values = ValueCount(sql, aggregate.Argument!, filter);
        var count = Output(values);
        if (aggregate.Kind is AggregateKind.Count or AggregateKind.Histogram or AggregateKind.Range)
        {
            return new StateOrdinals(count);
        }

        if (aggregate.Integers is not null)
        {
            return new StateOrdinals(count, Exact: Output(GridSum(sql, aggregate, values, filter)));
        }

        var value = sql.Write(aggregate.Argument!);
        if (aggregate.Kind == AggregateKind.Bins)
        {
            return new StateOrdinals(count, Bins: Output($"histogram({NumberOf($"CAST({value} AS DOUBLE)", aggregate.Grid!)}){filter}"), Grid: aggregate.Grid);
        }

        if (aggregate.Kind == AggregateKind.Moments)
        {
            return new StateOrdinals(count, X: Output(Moment("x", value, aggregate.ShiftX, filter)), XX: Output(Moment("xx", value, aggregate.ShiftX, filter)));
        }

        var type = aggregate.ArgumentType!;
        var exact = type.Kind is TypeKind.Int or TypeKind.Decimal;
        if (aggregate.Kind is AggregateKind.Least or AggregateKind.Greatest or AggregateKind.Squares)
        {
            var figure = aggregate.Kind switch
            {
                AggregateKind.Squares when exact => $"sum({Unscaled(value, type)} * {Unscaled(value, type)}){filter}",
                AggregateKind.Squares => $"fsum({value} * {value}){filter}",
                _ => (aggregate.Kind == AggregateKind.Least ? "min" : "max") + $"({value}){filter}",
            };
            return exact
                ? new StateOrdinals(count, Exact: Output($"CAST({figure} AS {(type.Kind == TypeKind.Int || aggregate.Kind == AggregateKind.Squares ? "HUGEINT" : Wide(type))})"))
                : new StateOrdinals(count, X: Output(figure));
        }

        return type.Kind switch
        {
            TypeKind.Int => new StateOrdinals(count, Exact: Output($"CAST(sum({value}){filter} AS HUGEINT)")),
            TypeKind.Decimal => new StateOrdinals(count, Exact: Output($"sum({AsDecimal(value, aggregate)}){filter}")),
            _ when _sumsFromMoments && MomentsOf(aggregate) is { } moments => WriteState(sql, moments) with { XX = -1, Shift = moments.ShiftX },
            _ => new StateOrdinals(count, X: Output(Moment("x", value, 0, filter))),
        };
    }

    /// <summary>x, the sum of what is left of the values behind the shift, or xx, of its squares. DuckDB computes once what is written twice.</summary>
    private string Moment(string name, string value, double shift, string filter)
    {
        if (!_fewRows)
        {
            return $"struct_extract({MomentsFunction.Name}(CAST({value} AS DOUBLE), CAST({SqlText.Number(shift)} AS DOUBLE)){filter}, '{name}')";
        }

        var difference = shift == 0 ? value : $"(CAST({value} AS DOUBLE) - {SqlText.Number(shift)})";
        return name == "x" ? $"fsum({difference}){filter}" : $"fsum({difference} * {difference}){filter}";
    }

    // Read as the digits it is stored in.
    private static string Wide(ColumnType type) => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({DecimalDigitsMax},{type.Scale})");

    private static string Unscaled(string value, ColumnType type) => type.Kind == TypeKind.Int
        ? $"CAST({value} AS HUGEINT)"
        : string.Create(CultureInfo.InvariantCulture, $"CAST({value} * CAST({BigInteger.Pow(10, type.Scale)} AS DECIMAL({type.Scale + 1},0)) AS HUGEINT)");

    private ApprovedAggregate? MomentsOf(ApprovedAggregate sum) => _fragment.Aggregates.FirstOrDefault(other =>
        other.Kind == AggregateKind.Moments && other.Argument!.Equals(sum.Argument) && Equals(other.Filter, sum.Filter));

    /// <summary>The type DuckDB gives to an expression may have another scale than the fragment's; a column's is its own.</summary>
    private static string AsDecimal(string value, ApprovedAggregate aggregate) =>
        aggregate.Argument!.KindCase == Expression.KindOneofCase.Column
            ? value
            : string.Create(CultureInfo.InvariantCulture, $"CAST({value} AS DECIMAL({aggregate.ArgumentType!.Precision},{aggregate.ArgumentType.Scale}))");

    private StateOrdinals WriteComoments(ExpressionSql sql, ApprovedAggregate aggregate, string filter)
    {
        var first = sql.Write(aggregate.Argument!);
        var second = sql.Write(aggregate.SecondArgument!);
        var both = $"{first} IS NOT NULL AND {second} IS NOT NULL";
        filter = aggregate.Filter is null ? $" FILTER ({both})" : $" FILTER (({sql.Write(aggregate.Filter)}) AND {both})";
        var x = $"(CAST({first} AS DOUBLE) - {SqlText.Number(aggregate.ShiftX)})";
        var y = $"(CAST({second} AS DOUBLE) - {SqlText.Number(aggregate.ShiftY)})";
        int Sum(string term) => Output($"fsum({term}){filter}");
        return new StateOrdinals(Output("count(*)" + filter), X: Sum(x), Y: Sum(y), XX: Sum($"{x} * {x}"), YY: Sum($"{y} * {y}"), XY: Sum($"{x} * {y}"));
    }
}
