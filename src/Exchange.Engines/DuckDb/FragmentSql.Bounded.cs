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
}
