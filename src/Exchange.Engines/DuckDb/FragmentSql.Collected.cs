using System.Globalization;
using Exchange.Engines.DuckDb.Units;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;

namespace Exchange.Engines.DuckDb;

/// <content>The statement that collects the rows of a bounded scan by unit.</content>
internal sealed partial class FragmentSql
{
    /// <summary>What a statement collects.</summary>
    /// <param name="Text">The statement: keys, a hash of them under the secret key, the group's number.</param>
    /// <param name="Figures">The figures of each row.</param>
    /// <param name="FigureOf">Which of them is that of each aggregate; -1 for that of rows.</param>
    internal sealed record Collected(string Text, IReadOnlyList<CollectedFigure> Figures, IReadOnlyList<int> FigureOf);

    /// <summary>Writes the statement that puts the rows into the collector of a session, in place of <see cref="CellsText"/>.</summary>
    public Collected WriteCollected(SqlText parameters, long session)
    {
        var sql = new ExpressionSql(_fragment.Product, parameters) { ErrorsAreNull = true };
        var keys = WriteKeys(sql);
        var keyNames = Enumerable.Range(0, keys.Count).Select(Key).ToList();
        var (values, figures, figureOf) = (new List<string>(), new List<CollectedFigure>(), new int[_fragment.Aggregates.Count]);
        for (var index = 0; index < figureOf.Length; index++)
        {
            var aggregate = SumOf(_fragment.Aggregates[index]);
            var (value, figure) = (RowValue(sql, aggregate), GridOf(aggregate));
            figureOf[index] = value is null ? -1 : Enumerable.Range(0, values.Count).FirstOrDefault(known => values[known] == value && figures[known] == figure, values.Count);
            if (value is not null && figureOf[index] == values.Count)
            {
                values.Add(value);
                figures.Add(figure);
            }
        }

        var unit = _fragment.Product.Unit!;
        var id = $"CAST({sql.Stored(unit.SourceName)} AS {(unit.Type.Kind == Protocol.Catalog.V1.TypeKind.String ? "VARCHAR" : "BIGINT")})";
        var where = _fragment.Where is null ? "" : " WHERE " + sql.WriteWithoutError(_fragment.Where);
        var number = $"{CollectFunction.Name}({Join([SqlText.Number(session), id], values)}) AS n";
        var groups = $"SELECT {Join(keys.Zip(keyNames, As), [number])} FROM {From(sql)}{where}{GroupBy(keys.Count)}";
        var hash = string.Create(CultureInfo.InvariantCulture, $"hash({Join(keyNames, [$"CAST({_fragment.Bounds!.OrderKey} AS UBIGINT)"])})");
        return new Collected($"SELECT {Join(keyNames, [hash, "n"])} FROM ({groups}) AS groups", figures, figureOf);
    }

    // Where values are added up, they are counted with their sum.
    private ApprovedAggregate SumOf(ApprovedAggregate aggregate) => aggregate.Integers is not null ? aggregate
        : _fragment.Aggregates.FirstOrDefault(sum => sum.Integers is not null && sum.Argument!.Equals(aggregate.Argument) && Equals(sum.Filter, aggregate.Filter)) ?? aggregate;

    // What a row adds to an aggregate, NULL where it does not count; null where every row counts and only counts.
    private string? RowValue(ExpressionSql sql, ApprovedAggregate aggregate)
    {
        var value = aggregate.Argument is null ? null : sql.WriteWithoutError(aggregate.Argument);
        var figure = IsWhole(aggregate) ? $"CAST({value} - {SqlText.Number((long)aggregate.Integers!.Middle)} AS DOUBLE)"
            : aggregate.Integers is not null ? $"CAST({value} AS DOUBLE)"
            : value is null || IsNeverNull(aggregate.Argument!) ? null
            : $"CASE WHEN {value} IS NOT NULL THEN {SqlText.Number(0.0)} END";
        return aggregate.Filter is null ? figure : $"CASE WHEN {sql.WriteWithoutError(aggregate.Filter)} THEN {figure ?? SqlText.Number(0.0)} END";
    }

    private CollectedFigure GridOf(ApprovedAggregate aggregate) => aggregate.Integers is { } grid
        ? new CollectedFigure(IsWhole(aggregate) ? 0 : grid.Middle, grid.Step, grid.Reach, aggregate.Kind == AggregateKind.GridSquares)
        : new CollectedFigure(0, 1, 1, false);
}
