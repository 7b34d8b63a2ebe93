using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Engines.DuckDb;

/// <content>The statements for cells that the release rules want to know more of.</content>
internal sealed partial class FragmentSql
{
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
}
