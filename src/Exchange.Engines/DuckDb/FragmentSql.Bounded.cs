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
            var values = aggregate.Argument is null ? "count(*)" + filter : ValueCount(sql, aggregate.Argument, filter);
            var count = Inner(values);
            var counted = Outer($"CAST(sum(least({count}, {most})) AS BIGINT)");
            if (aggregate.Integers is not { } grid)
            {
                States[index] = new StateOrdinals(counted);
                continue;
            }

            // Half the cost of 128 bits, which one unit's rows hardly ever need.
            var type = (Int128)grid.Reach * rowsPerUnitMax * bounds.RowsPerGroup <= long.MaxValue ? "BIGINT" : "HUGEINT";
            var sum = Inner($"CAST({GridSum(sql, aggregate, values, filter)} AS {type})");
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

    /// <summary>The sum of the values' whole numbers on the grid.</summary>
    private string GridSum(ExpressionSql sql, ApprovedAggregate aggregate, string count, string filter)
    {
        var (argument, grid) = (aggregate.Argument!, aggregate.Integers!);
        var value = sql.WriteWithoutError(argument);
        if (IsWhole(aggregate))
        {
            return $"sum({value}){filter} - CAST({SqlText.Number((long)grid.Middle)} AS HUGEINT) * {count}";
        }

        var (real, middle) = ($"CAST({value} AS DOUBLE)", grid.Middle);
        if (aggregate.Kind == AggregateKind.GridSquares)
        {
            (real, middle) = ($"({real} - {SqlText.Number(middle)}) * ({real} - {SqlText.Number(middle)})", 0);
        }

        var ofAll = string.Join(", ", new[] { middle, grid.Step, grid.Reach }.Select(number => $"CAST({SqlText.Number(number)} AS DOUBLE)"));
        return $"{GridSumFunction.Name}({real}, {ofAll}){filter}";
    }

    /// <summary>
    /// Whether it adds up whole values of a stored column whose bounds, which were checked when it was published, lie within the grid's reach: then they
    /// are taken as they are, for those beyond 2⁵³ are no DOUBLEs.
    /// </summary>
    private bool IsWhole(ApprovedAggregate aggregate) =>
        aggregate is { Kind: AggregateKind.GridSum, Integers: { Step: 1 } grid, Argument: { KindCase: Expression.KindOneofCase.Column } argument }
        && _fragment.Product.Columns[argument.Column] is { Derived: null, Type.Kind: TypeKind.Int, Bounds: { } bounds }
        && bounds.Low >= grid.Middle - grid.Reach && bounds.High <= grid.Middle + grid.Reach;
}
