using System.Globalization;
using System.Numerics;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Rules;
using Exchange.Query.Products;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// The statements of a fragment. The first computes every cell in one scan: keys, then aggregate columns, each written
/// once however often the states, supports and contributions use it. The second, only for cells with a small support, counts distinct
/// units: rows are grouped by key and unit first, which serves all supports in one pass and makes the rows without a unit id one unit.
/// The others are for the cells that the release rules want to know more of.
/// </summary>
internal sealed class FragmentSql
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
        CellsText = fragment.Bounds is { } bounds && fragment.Product.Unit is not null ? WriteBounded(bounds, rowsPerUnitMax) : WriteCells();
    }

    /// <summary>
    /// Where the fields of one state stand in a row; -1 for a field the kind does not have. A sum taken from moments has their
    /// shift: it is X + Count · Shift.
    /// </summary>
    internal sealed record StateOrdinals(int Count = -1, int Exact = -1, int X = -1, int Y = -1, int XX = -1, int YY = -1, int XY = -1, double Shift = 0, int Bins = -1, ValueGrid? Grid = null);

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
            SupportOrdinals[index] = Output(CountOf(sql, _fragment.Supports[index]));
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

    /// <summary>
    /// Writes the statement that counts distinct units of each support, in the order of the supports behind the keys.
    /// </summary>
    /// <param name="parameters">Takes its parameters.</param>
    /// <param name="rowsBelow">Only cells where a support has at least one and fewer than this many rows; null for every cell.</param>
    public string WriteUnits(SqlText parameters, long? rowsBelow)
    {
        var sql = new ExpressionSql(_fragment.Product, parameters);
        var keys = WriteKeys(sql);
        var unit = sql.Stored(_fragment.Product.Unit!.SourceName);
        var supports = _fragment.Supports.Select(support => CountOf(sql, support)).ToList();
        var where = _fragment.Where is null ? "" : sql.Write(_fragment.Where);
        var from = From(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var supportNames = Enumerable.Range(0, supports.Count).Select(Support).ToList();
        var filter = where.Length == 0 ? "" : " WHERE " + where;

        // The key expressions are computed once in a table of their own, so that the join with the small cells can name them.
        var inner = $"SELECT {Join(keys.Zip(keyNames, As), [unit + " AS u"], supports.Zip(supportNames, As))} FROM {from}{filter}"
            + " GROUP BY " + string.Join(", ", Enumerable.Range(1, keys.Count + 1));
        var outer = $"SELECT {Join(keyNames, supportNames.Select(name => $"count(*) FILTER ({name} > 0)"))}";
        if (rowsBelow is null || keys.Count == 0)
        {
            return $"{outer} FROM ({inner}) AS units{GroupBy(keys.Count)}";
        }

        var bound = SqlText.Number(rowsBelow.Value);
        var small = $"SELECT {string.Join(", ", keyNames)} FROM (SELECT {Join(keys.Zip(keyNames, As), supports.Zip(supportNames, As))} FROM {from}{filter}{GroupBy(keys.Count)}) AS cells"
            + $" WHERE {string.Join(" OR ", supportNames.Select(name => $"({name} > 0 AND {name} < {bound})"))}";
        return $"WITH small AS MATERIALIZED ({small}), marked AS (SELECT {Join(keys.Zip(keyNames, As), [unit + " AS u"], WriteConditions(sql).Zip(supportNames, As))} FROM {from}{filter})"
            + $" {outer} FROM (SELECT {Join(keyNames.Select(name => "marked." + name), ["u"], supportNames.Select(name => $"count(*) FILTER (marked.{name}) AS {name}"))}"
            + $" FROM marked SEMI JOIN small ON {string.Join(" AND ", keyNames.Select(name => $"marked.{name} IS NOT DISTINCT FROM small.{name}"))}"
            + $" GROUP BY {string.Join(", ", Enumerable.Range(1, keys.Count + 1))}) AS units{GroupBy(keys.Count)}";
    }

    /// <summary>
    /// Writes the statement that tells the atoms of each cell: behind the keys the pattern of the conditions, the rows, and the
    /// gross total of each kind of the audit that has one.
    /// </summary>
    public string WriteAtoms(SqlText parameters)
    {
        var sql = new ExpressionSql(_fragment.Product, parameters);
        var keys = WriteKeys(sql);
        var audit = _fragment.Audit!;
        var pattern = string.Join(" + ", audit.Conditions.Select((condition, index) => condition is null
            ? SqlText.Number(1L << index)
            : $"CASE WHEN {sql.Write(condition)} THEN {SqlText.Number(1L << index)} ELSE 0 END"));
        var gross = audit.Kinds.Where(kind => kind.Contribution >= 0).Select(kind => GrossOf(sql, _fragment.Contributions[kind.Contribution], null));
        var filter = _fragment.Where is null ? "" : " WHERE " + sql.Write(_fragment.Where);
        var limit = string.Create(CultureInfo.InvariantCulture, $" LIMIT {CellChecks.AtomsMax + 1}");
        return $"SELECT {Join(keys, [$"CAST({pattern} AS BIGINT)", "count(*)"], gross)} FROM {From(sql)}{filter}{GroupBy(keys.Count + 1)}{limit}";
    }

    /// <summary>
    /// Writes the statement that counts figures by unit. Behind the keys, per figure: units, then of its contribution gross total, largest,
    /// n largest, excess, largest excesses, units off the nearest point, and whether all values are whole; and of squares the rows,
    /// their sum and sum of squares, the least and the greatest.
    /// </summary>
    /// <param name="parameters">Takes its parameters.</param>
    /// <param name="figures">What to count.</param>
    /// <param name="only">Keys of the cells that are asked for; null for all.</param>
    public string WriteRecount(SqlText parameters, IReadOnlyList<Figure> figures, IReadOnlyList<object?[]>? only)
    {
        var sql = new ExpressionSql(_fragment.Product, parameters);
        var keys = WriteKeys(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var unit = _fragment.Product.Unit is { } column ? sql.Stored(column.SourceName) : null;
        var columns = figures.Select((figure, index) => WriteFigure(sql, figure, index)).ToList();
        var filter = _fragment.Where is null ? "" : " WHERE " + sql.Write(_fragment.Where);
        var marked = $"SELECT {Join(keys.Zip(keyNames, As), unit is null ? [] : [unit + " AS u"], columns.SelectMany(one => one.OfRow))} FROM {From(sql)}{filter}";
        if (only is not null)
        {
            var values = only.Select(key => "(" + string.Join(", ", key.Select((part, index) => WriteKeyValue(part, _fragment.Keys[index].Type, parameters))) + ")");
            marked = $"SELECT rows.* FROM ({marked}) AS rows SEMI JOIN (VALUES {string.Join(", ", values)}) AS wanted({string.Join(", ", keyNames)})"
                + $" ON {string.Join(" AND ", keyNames.Select(name => $"rows.{name} IS NOT DISTINCT FROM wanted.{name}"))}";
        }

        // Without a unit column each row is a unit, of one row.
        var byUnit = unit is null
            ? $"SELECT {Join(keyNames, columns.SelectMany(one => one.OfSingleRow))} FROM ({marked}) AS marked"
            : $"SELECT {Join(keyNames, columns.SelectMany(one => one.OfUnit))} FROM ({marked}) AS marked GROUP BY {Join(keyNames, ["u"])}";
        return $"SELECT {Join(keyNames, columns.SelectMany(one => one.OfCell))} FROM ({byUnit}) AS units{GroupBy(keys.Count)}";
    }

    /// <summary>
    /// Writes the statement that tells what units have in each bin of an aggregate's grid. Behind the keys: the step's number of the bin,
    /// a number of the unit (-1 where rows are units), values, their sum and the largest.
    /// </summary>
    public string WriteBins(SqlText parameters, ApprovedAggregate aggregate, bool rowsAreUnits)
    {
        var sql = new ExpressionSql(_fragment.Product, parameters);
        var keys = WriteKeys(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var value = $"CAST({sql.Write(aggregate.Argument!)} AS DOUBLE)";
        // Two units with one hash count as one, which is the strict side; so do rows without a unit id.
        var unit = rowsAreUnits ? "-1" : $"CAST(hash({sql.Stored(_fragment.Product.Unit!.SourceName)}) >> 1 AS BIGINT)";
        var conditions = new[] { _fragment.Where, aggregate.Filter }.OfType<Expression>().Select(condition => $"({sql.Write(condition)})").Append($"{value} IS NOT NULL");
        var rows = $"SELECT {Join(keys.Zip(keyNames, As), [$"CAST({unit} AS BIGINT) AS u", $"{value} AS v"])} FROM {From(sql)} WHERE {string.Join(" AND ", conditions)}";
        var limit = string.Create(CultureInfo.InvariantCulture, $" LIMIT {CellChecks.UnitBinsMax + 1L}");
        return $"SELECT {Join(keyNames, [$"{NumberOf("v", aggregate.Grid!)} AS b", "u", "count(*)", "fsum(v)", "max(v)"])} FROM ({rows}) AS marked{GroupBy(keys.Count + 2)}{limit}";
    }

    /// <summary>The step's number of the bin, put right where the quotient was rounded over an edge: edges are the doubles number · step.</summary>
    private static string NumberOf(string value, ValueGrid grid)
    {
        var step = SqlText.Number(grid.Step);
        var number = $"floor({value} / {step})";
        return $"(CASE WHEN {value} < {number} * {step} THEN {number} - 1 WHEN {value} >= ({number} + 1) * {step} THEN {number} + 1 ELSE {number} END)";
    }

    private sealed record FigureColumns(string[] OfRow, string[] OfUnit, string[] OfSingleRow, string[] OfCell);

    /// <summary>Per figure i: ri says whether a row counts (then: how many), vi is its value, gi and ei what a unit contributes, wi whether all are whole.</summary>
    private FigureColumns WriteFigure(ExpressionSql sql, Figure figure, int index)
    {
        var i = index.ToString(CultureInfo.InvariantCulture);
        var condition = figure.Condition is null ? "TRUE" : $"coalesce({sql.Write(figure.Condition)}, FALSE)";
        if (figure.Contribution is not { } contribution)
        {
            return new FigureColumns([$"{condition} AS r{i}"], [$"count(*) FILTER (r{i}) AS r{i}"], [$"CAST(r{i} AS BIGINT) AS r{i}"], [$"count(*) FILTER (r{i} > 0)"]);
        }

        var nearest = SqlText.Number(contribution.Nearest);
        string Terms(string term) => $"CASE WHEN r{i} THEN {term} END";
        var (gross, excess, whole) = (Terms($"abs(v{i})"), Terms($"abs(v{i} - {nearest})"), Terms($"v{i} = trunc(v{i})"));
        string Largest(string part, int most) => string.Create(CultureInfo.InvariantCulture, $"list_sum(max({part}{i}, {most}))");
        var columns = new FigureColumns(
            [$"{condition} AS r{i}", $"{ProductOf(sql, contribution.Factors)} AS v{i}"],
            [$"count(*) FILTER (r{i}) AS r{i}", $"sum({gross}) AS g{i}", $"sum({excess}) AS e{i}", $"bool_and({whole}) AS w{i}"],
            [$"CAST(r{i} AS BIGINT) AS r{i}", $"{gross} AS g{i}", $"{excess} AS e{i}", $"{whole} AS w{i}"],
            [
                $"count(*) FILTER (r{i} > 0)", $"fsum(g{i})", $"max(g{i})", Largest("g", _fragment.Rules.DominanceN),
                $"fsum(e{i})", Largest("e", 1 + _fragment.Rules.Coalition), $"count(*) FILTER (e{i} > 0)", $"bool_and(w{i})",
            ]);
        if (contribution.Root.Count == 0)
        {
            return columns;
        }

        var (root, square) = (Terms($"x{i}"), Terms($"x{i} * x{i}"));
        return new FigureColumns(
            [.. columns.OfRow, $"{ProductOf(sql, contribution.Root)} AS x{i}"],
            [.. columns.OfUnit, $"count({root}) AS n{i}", $"fsum({root}) AS sx{i}", $"fsum({square}) AS sxx{i}", $"min({root}) AS least{i}", $"max({root}) AS greatest{i}"],
            [.. columns.OfSingleRow, $"CAST({root} IS NOT NULL AS BIGINT) AS n{i}", $"{root} AS sx{i}", $"{square} AS sxx{i}", $"{root} AS least{i}", $"{root} AS greatest{i}"],
            [.. columns.OfCell, $"CAST(sum(n{i}) AS BIGINT)", $"fsum(sx{i})", $"fsum(sxx{i})", $"min(least{i})", $"max(greatest{i})"]);
    }

    private static string WriteKeyValue(object? value, ColumnType type, SqlText parameters) => value switch
    {
        // A column of nothing but NULLs would have a type that texts are not compared with.
        null => $"CAST(NULL AS {KeyTypeName(type)})",
        string text => parameters.Parameter(text),
        double number => SqlText.Number(number),
        long number when type.Kind == TypeKind.Bool => number == 0 ? "FALSE" : "TRUE",
        long number when type.Kind == TypeKind.Date => $"(DATE '1970-01-01' + CAST({SqlText.Number(number)} AS INTEGER))",
        long number when type.Kind == TypeKind.Timestamp => $"make_timestamp({SqlText.Number(number)})",
        _ => SqlText.Number((long)value),
    };

    private static string KeyTypeName(ColumnType type) => type.Kind switch
    {
        TypeKind.Double => "DOUBLE",
        TypeKind.Bool => "BOOLEAN",
        TypeKind.Date => "DATE",
        TypeKind.Timestamp => "TIMESTAMP",
        TypeKind.Int => "BIGINT",
        _ => "VARCHAR",
    };

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

    /// <summary>
    /// Figures by group and unit first, then those of each group, to which a unit adds no more than its bounds (see
    /// <see cref="ContributionBounds"/>). The order of a unit's groups is needed only where a unit may have more of them than count.
    /// </summary>
    private string WriteBounded(ContributionBounds bounds, long rowsPerUnitMax)
    {
        var sql = new ExpressionSql(_fragment.Product, Parameters) { ErrorsAreNull = true };
        var keys = WriteKeys(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var unit = sql.Stored(_fragment.Product.Unit!.SourceName);
        var inner = new List<string>();
        var outer = new List<string>();
        string Inner(string expression)
        {
            var index = inner.IndexOf(expression);
            if (index < 0)
            {
                index = inner.Count;
                inner.Add(expression);
            }

            return "a" + index.ToString(CultureInfo.InvariantCulture);
        }

        int Outer(string expression)
        {
            outer.Add(expression);
            return keys.Count + outer.Count - 1;
        }

        var most = SqlText.Number((long)bounds.RowsPerGroup);
        for (var index = 0; index < States.Length; index++)
        {
            var aggregate = _fragment.Aggregates[index];
            var filter = aggregate.Filter is null ? "" : $" FILTER ({sql.WriteWithoutError(aggregate.Filter)})";
            var count = Inner(aggregate.Argument is null ? "count(*)" + filter : ValueCount(sql, aggregate.Argument, filter));
            var counted = Outer($"CAST(sum(least({count}, {most})) AS BIGINT)");
            if (aggregate.Integers is not { } grid)
            {
                States[index] = new StateOrdinals(counted);
                continue;
            }

            var sum = Inner($"sum({OnGrid(sql, aggregate, grid)}){filter}");
            States[index] = new StateOrdinals(counted, Exact: Outer($"CAST(sum(CASE WHEN {count} > {most} THEN (CAST({sum} AS HUGEINT) * {most}) // {count} ELSE {sum} END) AS HUGEINT)"));
        }

        SupportOrdinals[0] = Outer("count(*)");
        var where = _fragment.Where is null ? "" : " WHERE " + sql.WriteWithoutError(_fragment.Where);
        var innerNames = inner.Select((expression, index) => As(expression, "a" + index.ToString(CultureInfo.InvariantCulture)));
        var byUnit = $"SELECT {Join(keys.Zip(keyNames, As), [unit + " AS u"], innerNames)} FROM {From(sql)}{where} GROUP BY {string.Join(", ", Enumerable.Range(1, keys.Count + 1))}";
        if (keys.Count > 0 && rowsPerUnitMax > bounds.GroupsPerUnit)
        {
            var order = string.Create(CultureInfo.InvariantCulture, $"hash({string.Join(", ", keyNames.Append("u"))}, CAST({bounds.OrderKey} AS UBIGINT))");
            byUnit = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM ({byUnit}) AS groups QUALIFY row_number() OVER (PARTITION BY u ORDER BY {order}) <= {bounds.GroupsPerUnit}");
        }

        var limit = string.Create(CultureInfo.InvariantCulture, $" LIMIT {_fragment.CellsMax + 1L}");
        return $"SELECT {Join(keyNames, outer)} FROM ({byUnit}) AS units{GroupBy(keys.Count)}{limit}";
    }

    /// <summary>
    /// The number of a value on the grid, whole whatever the value is, and NULL where the value is. It is cut to the grid's reach, unless
    /// the value is of a stored column whose bounds, which were checked when it was published, lie within the reach.
    /// </summary>
    private string OnGrid(ExpressionSql sql, ApprovedAggregate aggregate, IntegerGrid grid)
    {
        var argument = aggregate.Argument!;
        var column = argument.KindCase == Expression.KindOneofCase.Column ? _fragment.Product.Columns[argument.Column] : null;
        var span = grid.Reach * grid.Step;
        var isWithin = aggregate.Kind == AggregateKind.GridSum && column is { Derived: null, Bounds: { } bounds } && bounds.Low >= grid.Middle - span && bounds.High <= grid.Middle + span;
        var value = sql.WriteWithoutError(argument);
        if (isWithin && column!.Type.Kind == TypeKind.Int && grid.Step == 1)
        {
            return $"({value} - {SqlText.Number((long)grid.Middle)})";
        }

        var away = $"(CAST({value} AS DOUBLE) - {SqlText.Number(grid.Middle)})";
        var number = InSteps(aggregate.Kind == AggregateKind.GridSquares ? $"{away} * {away}" : away, grid.Step);
        if (!isWithin)
        {
            // least() and greatest() leave out a NULL, which must stay one; of them a value that is no number is the greatest.
            var reach = SqlText.Number((double)grid.Reach);
            var cut = $"least(greatest({number}, -{reach}), {reach})";
            number = column is { Required: true } ? cut : $"CASE WHEN {value} IS NOT NULL THEN {cut} END";
        }

        return $"CAST({number} AS BIGINT)";
    }

    // Division by a power of two is multiplication by one, and faster.
    private static string InSteps(string value, double step) =>
        step == 1 ? value : Math.ScaleB(1, Math.ILogB(step)) == step ? $"{value} * {SqlText.Number(1 / step)}" : $"{value} / {SqlText.Number(step)}";

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
        argument.KindCase == Expression.KindOneofCase.Column && _fragment.Product.Columns[argument.Column] is { Derived: null, Required: true }
            ? "count(*)" + filter
            : $"count({sql.WriteWithoutError(argument)}){filter}";

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
        if (aggregate.Kind == AggregateKind.CountRows)
        {
            return new StateOrdinals(Output("count(*)" + filter));
        }

        if (aggregate.Kind == AggregateKind.Comoments)
        {
            return WriteComoments(sql, aggregate, filter);
        }

        var count = Output(ValueCount(sql, aggregate.Argument!, filter));
        if (aggregate.Kind is AggregateKind.Count or AggregateKind.Histogram or AggregateKind.Range)
        {
            return new StateOrdinals(count);
        }

        if (aggregate.Integers is { } grid)
        {
            return new StateOrdinals(count, Exact: Output($"CAST(sum({OnGrid(sql, aggregate, grid)}){filter} AS HUGEINT)"));
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
