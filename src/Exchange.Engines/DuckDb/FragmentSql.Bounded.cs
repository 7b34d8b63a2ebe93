using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Products;

namespace Exchange.Engines.DuckDb;

/// <content>The statement of a fragment that bounds what each unit adds.</content>
internal sealed partial class FragmentSql
{
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

            // Half the cost of 128 bits, which one unit's rows hardly ever need.
            var type = (Int128)grid.Reach * rowsPerUnitMax * bounds.RowsPerGroup <= long.MaxValue ? "BIGINT" : "HUGEINT";
            var sum = Inner($"CAST(sum({OnGrid(sql, aggregate, grid)}){filter} AS {type})");
            States[index] = new StateOrdinals(counted, Exact: Outer($"CAST(sum(CASE WHEN {count} > {most} THEN ({sum} * {most}) // {count} ELSE {sum} END) AS HUGEINT)"));
        }

        SupportOrdinals[0] = Outer("count(*)");
        var where = _fragment.Where is null ? "" : " WHERE " + sql.WriteWithoutError(_fragment.Where);
        var innerNames = inner.Select((expression, index) => As(expression, "a" + index.ToString(CultureInfo.InvariantCulture)));
        var byUnit = $"SELECT {Join(keys.Zip(keyNames, As), [unit + " AS u"], innerNames)} FROM {From(sql)}{where} GROUP BY {string.Join(", ", Enumerable.Range(1, keys.Count + 1))}";
        if (keys.Count > 0 && rowsPerUnitMax > bounds.GroupsPerUnit)
        {
            byUnit = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM ({byUnit}) AS groups QUALIFY row_number() OVER (PARTITION BY u ORDER BY {OrderOf(keyNames, bounds)}) <= {bounds.GroupsPerUnit}");
        }

        var limit = string.Create(CultureInfo.InvariantCulture, $" LIMIT {_fragment.CellsMax + 1L}");
        return $"SELECT {Join(keyNames, outer)} FROM ({byUnit}) AS units{GroupBy(keys.Count)}{limit}";
    }

    /// <summary>
    /// The statement of a histogram of which a unit adds no more than its bounds to a group: behind the keys the step's number of the bin, and
    /// the values in it. A unit with more rows in a group than count has each of its bins scaled down, so that together they are no more than count.
    /// </summary>
    public string WriteBoundedBins(SqlText parameters, ApprovedAggregate aggregate, long rowsPerUnitMax)
    {
        var bounds = _fragment.Bounds!;
        var sql = new ExpressionSql(_fragment.Product, parameters) { ErrorsAreNull = true };
        var keys = WriteKeys(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var bin = NumberOf($"CAST({sql.WriteWithoutError(aggregate.Argument!)} AS DOUBLE)", aggregate.Grid!);
        var counted = aggregate.Filter is null ? bin : $"CASE WHEN {sql.WriteWithoutError(aggregate.Filter)} THEN {bin} END";
        var where = _fragment.Where is null ? "" : " WHERE " + sql.WriteWithoutError(_fragment.Where);
        var unit = sql.Stored(_fragment.Product.Unit!.SourceName);
        // Rows that do not count stay, as the bin NULL: which groups of a unit are kept must not hang on which measure is asked.
        var rows = $"SELECT {Join(keys.Zip(keyNames, As), [unit + " AS u", counted + " AS b"])} FROM {From(sql)}{where}";
        var ofUnits = $"SELECT {Join(keyNames, ["u", "b", "count(*) AS c"])} FROM ({rows}) AS marked GROUP BY {Join(keyNames, ["u", "b"])}";
        var places = keys.Count > 0 && rowsPerUnitMax > bounds.GroupsPerUnit ? [$"dense_rank() OVER (PARTITION BY u ORDER BY {Join([OrderOf(keyNames, bounds)], keyNames)}) AS place"] : new List<string>();
        var of = $"SELECT {Join(keyNames, ["b", "c", $"sum(c) FILTER (b IS NOT NULL) OVER (PARTITION BY {Join(keyNames, ["u"])}) AS n"], places)} FROM ({ofUnits}) AS bins";
        var most = SqlText.Number((long)bounds.RowsPerGroup);
        var kept = places.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" AND place <= {bounds.GroupsPerUnit}");
        return $"SELECT {Join(keyNames, ["b", $"CAST(sum(CASE WHEN n > {most} THEN c * {most} // n ELSE c END) AS BIGINT)"])} FROM ({of}) AS units WHERE b IS NOT NULL{kept}{GroupBy(keys.Count + 1)}";
    }

    private static string OrderOf(List<string> keyNames, ContributionBounds bounds) =>
        string.Create(CultureInfo.InvariantCulture, $"hash({string.Join(", ", keyNames.Append("u"))}, CAST({bounds.OrderKey} AS UBIGINT))");

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
        // DuckDB adds up short integers faster.
        var type = grid.Reach <= int.MaxValue ? "INTEGER" : "BIGINT";
        if (isWithin && column!.Type.Kind == TypeKind.Int && grid.Step == 1)
        {
            return $"CAST({value} - {SqlText.Number((long)grid.Middle)} AS {type})";
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

        return $"CAST({number} AS {type})";
    }

    // Division by a power of two is multiplication by one, and faster.
    private static string InSteps(string value, double step) =>
        step == 1 ? value : Math.ScaleB(1, Math.ILogB(step)) == step ? $"{value} * {SqlText.Number(1 / step)}" : $"{value} / {SqlText.Number(step)}";
}
