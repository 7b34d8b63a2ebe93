using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Engines.DuckDb;

/// <summary>Runs fragments over imported parts. Parts never change, so two statements of one fragment see the same rows.</summary>
internal sealed class DuckDbEngine(DuckDbDatabase database) : IQueryEngine
{
    public const string EngineName = "duckdb";

    /// <summary>Location of its sources: the folder of the part files, relative to the node's data folder.</summary>
    public const string Location = "duckdb";

    /// <summary>
    /// A sum taken from moments loses digits where the shift outweighs it. Above this part of it the loss stays under 1e-13·Σ|x|;
    /// below, the sum is computed by itself.
    /// </summary>
    private const double ShiftedSumPartMin = 0.01;

    public string Name => EngineName;

    public Task<RawAggregate> RunAsync(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(
            () => database.Use(source.Parts, session => Run(session, fragment, source, cancellationToken), cancellationToken),
            here: source.RowCount <= database.Limits.SmallRowsMax,
            cancellationToken);

    public Task VisitAsync(ApprovedFragment fragment, DatasetSource source, Action<VisitedCell> visit, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(
            () => database.Use(source.Parts, session =>
            {
                // Cells that are visited are a unit's rows each: few, however many rows there are.
                var sql = new FragmentSql(fragment, [.. source.Parts.Select(DuckDbDatabase.TableOf)], countUnits: false, sumsFromMoments: false, fewRows: true);
                return session.Query(
                    sql.CellsText, sql.Parameters.Values, reader => Visit(reader, sql, fragment, visit), cancellationToken, streaming: fragment.RowByRow);
            }, cancellationToken),
            cancellationToken);

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private RawAggregate Run(DuckDbSession session, ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken)
    {
        string[] tables = [.. source.Parts.Select(DuckDbDatabase.TableOf)];
        if (fragment.Bounds is not null)
        {
            // No cell is looked at twice: what a second look costs would tell something of the first.
            var bounded = new FragmentSql(fragment, tables, countUnits: false, sumsFromMoments: false, fewRows: true, source.RowsPerUnitMax);
            if (bounded.IsBounding && new CollectedScan(session, fragment, bounded, source, database).Run(cancellationToken) is { } collected)
            {
                return new RawAggregate(collected);
            }

            var boundedCells = session.Query(bounded.CellsText, bounded.Parameters.Values, reader => ReadCells(reader, bounded, fragment, new UnitRule(fragment, source)), cancellationToken)!;
            AddBoundedBins(session, fragment, bounded, source, boundedCells, cancellationToken);
            return new RawAggregate(boundedCells);
        }

        // One cell of everything is hardly ever small.
        var fewRows = source.RowCount <= database.Limits.SmallRowsMax;
        var countUnits = fragment.Product.Unit is not null && fragment.Keys.Count > 0 && fewRows;
        var units = new UnitRule(fragment, source);
        var sql = new FragmentSql(fragment, tables, countUnits, sumsFromMoments: true, fewRows);
        var cells = session.Query(sql.CellsText, sql.Parameters.Values, reader => ReadCells(reader, sql, fragment, units), cancellationToken);
        if (cells is null)
        {
            sql = new FragmentSql(fragment, tables, countUnits, sumsFromMoments: false, fewRows);
            cells = session.Query(sql.CellsText, sql.Parameters.Values, reader => ReadCells(reader, sql, fragment, units), cancellationToken)!;
        }

        var counted = countUnits ? cells : CountUnits(session, fragment, sql, units, cells, cancellationToken);
        return new RawAggregate(new CellChecks(fragment, units, new DuckDbScans(session, fragment, sql, counted, cancellationToken)).Complete(counted));
    }

    /// <summary>Where units are bounded, each histogram has a statement of its own.</summary>
    private static void AddBoundedBins(DuckDbSession session, ApprovedFragment fragment, FragmentSql sql, DatasetSource source, List<RawCell> cells, CancellationToken cancellationToken)
    {
        var byKey = cells.ToDictionary(cell => new CellKey(cell.Key));
        for (var index = 0; index < fragment.Aggregates.Count && sql.IsBounding; index++)
        {
            if (fragment.Aggregates[index] is not { Kind: AggregateKind.Bins, Grid: { } grid } aggregate)
            {
                continue;
            }

            var parameters = new SqlText();
            var bins = session.Query(sql.WriteBoundedBins(parameters, aggregate, source.RowsPerUnitMax), parameters.Values, reader =>
            {
                var found = new Dictionary<RawCell, List<(double Number, long Count)>>(ReferenceEqualityComparer.Instance);
                while (reader.Read())
                {
                    // A group beyond those wanted has no cell.
                    if (byKey.TryGetValue(new CellKey(ReadKey(reader, fragment)), out var cell))
                    {
                        (found.TryGetValue(cell, out var known) ? known : found[cell] = []).Add((reader.GetDouble(fragment.Keys.Count), reader.GetInt64(fragment.Keys.Count + 1)));
                    }
                }

                return found;
            }, cancellationToken);
            foreach (var (cell, counts) in bins)
            {
                cell.States[index] = cell.States[index] with { Bins = BinsOf(counts, grid) };
            }
        }
    }

    private static IReadOnlyList<RawCell> CountUnits(
        DuckDbSession session, ApprovedFragment fragment, FragmentSql sql, UnitRule units, List<RawCell> cells, CancellationToken cancellationToken)
    {
        var small = cells.Count(cell => units.NeedsCount(cell.Supports));
        if (small == 0)
        {
            return cells;
        }

        if (fragment.Product.Unit is null)
        {
            return [.. cells.Select(cell => cell with { Supports = units.EachRowAUnit(cell.Supports) })];
        }

        // Picking out the small cells costs a second aggregation; it pays when they are the lesser part.
        var parameters = new SqlText();
        var text = sql.WriteUnits(parameters, small * 2 > cells.Count ? null : units.RowsEnough);
        var counts = session.Query(text, parameters.Values, reader => ReadUnits(reader, fragment), cancellationToken);
        return [.. cells.Select(cell =>
            units.NeedsCount(cell.Supports) ? cell with { Supports = units.WithUnits(cell.Supports, counts[new CellKey(cell.Key)]) } : cell)];
    }

    private static bool Visit(DuckDbRows reader, FragmentSql sql, ApprovedFragment fragment, Action<VisitedCell> visit)
    {
        var (cell, count) = (new DuckDbCell(reader, sql, fragment), 0);
        while (reader.Read())
        {
            if (count++ == fragment.CellsMax)
            {
                throw CellBound.Exceeded(fragment.CellsMax);
            }

            if (fragment.RowByRow || fragment.Keys.Count > 0 || reader.GetInt64(sql.SupportOrdinals[0]) > 0)
            {
                visit(cell);
            }
        }

        return true;
    }

    /// <summary>The cells, or null when a sum must not be taken from moments.</summary>
    private static List<RawCell>? ReadCells(DuckDbRows reader, FragmentSql sql, ApprovedFragment fragment, UnitRule rule)
    {
        var cells = new List<RawCell>();
        while (reader.Read())
        {
            if (cells.Count == fragment.CellsMax)
            {
                if (fragment.Bounds is not null)
                {
                    break;
                }

                throw CellBound.Exceeded(fragment.CellsMax);
            }

            var supports = new SupportCount[sql.SupportOrdinals.Length];
            for (var index = 0; index < supports.Length; index++)
            {
                var rows = reader.GetInt64(sql.SupportOrdinals[index]);
                supports[index] = new SupportCount(rows, sql.UnitOrdinals.Length > 0 && rule.NeedsCount(rows) ? reader.GetInt64(sql.UnitOrdinals[index]) : null);
            }

            if (supports[0].Rows == 0)
            {
                continue;
            }

            var states = new PartialState[sql.States.Length];
            for (var index = 0; index < states.Length; index++)
            {
                var ordinals = sql.States[index];
                states[index] = ReadState(reader, ordinals);
                if (Math.Abs(states[index].X) < ShiftedSumPartMin * Math.Abs(ordinals.Shift) * states[index].Count)
                {
                    return null;
                }
            }

            var totals = new GrossTotal[sql.GrossOrdinals.Length];
            for (var index = 0; index < totals.Length; index++)
            {
                var ordinal = sql.GrossOrdinals[index];
                totals[index] = ordinal < 0 ? CellChecks.TotalOf(fragment, index, states) : new GrossTotal(reader.IsNull(ordinal) ? 0 : reader.GetDouble(ordinal), null);
            }

            cells.Add(new RawCell(ReadKey(reader, fragment), states, supports, totals, []));
        }

        return cells;
    }

    private static Dictionary<CellKey, long[]> ReadUnits(DuckDbRows reader, ApprovedFragment fragment)
    {
        var counts = new Dictionary<CellKey, long[]>();
        while (reader.Read())
        {
            var units = new long[fragment.Supports.Count];
            for (var index = 0; index < units.Length; index++)
            {
                units[index] = reader.GetInt64(fragment.Keys.Count + index);
            }

            counts.Add(new CellKey(ReadKey(reader, fragment)), units);
        }

        return counts;
    }

    /// <summary>The key that a row begins with.</summary>
    internal static object?[] ReadKey(DuckDbRows reader, ApprovedFragment fragment)
    {
        var key = new object?[fragment.Keys.Count];
        for (var index = 0; index < key.Length; index++)
        {
            if (reader.IsNull(index))
            {
                continue;
            }

            key[index] = fragment.Keys[index].Type.Kind switch
            {
                TypeKind.String or TypeKind.Decimal => reader.GetString(index),
                TypeKind.Double => reader.GetDouble(index) is var number && number == 0 ? 0.0 : number,
                TypeKind.Bool => reader.GetBoolean(index) ? 1L : 0L,
                TypeKind.Date => (long)reader.GetDays(index),
                TypeKind.Timestamp => reader.GetMicroseconds(index),
                _ => reader.GetInt64(index),
            };
        }

        return key;
    }

    /// <summary>A sum over no value is NULL in SQL and zero here.</summary>
    internal static PartialState ReadState(DuckDbRows reader, FragmentSql.StateOrdinals ordinals)
    {
        double Sum(int ordinal) => ordinal < 0 || reader.IsNull(ordinal) ? 0 : reader.GetDouble(ordinal);
        var count = reader.GetInt64(ordinals.Count);
        if (count == 0)
        {
            return new PartialState(0);
        }

        return new PartialState(count, ordinals.Exact < 0 ? default : reader.GetInt128(ordinals.Exact),
            Sum(ordinals.X) + (count * ordinals.Shift), Sum(ordinals.Y), Sum(ordinals.XX), Sum(ordinals.YY), Sum(ordinals.XY),
            ordinals.Bins < 0 ? null : BinsOf(reader.GetCounts(ordinals.Bins), ordinals.Grid!));
    }

    private static ValueBin[] BinsOf(IEnumerable<(double Number, long Count)> counts, ValueGrid grid) =>
    [
        .. counts.GroupBy(bin => grid.BinOf(bin.Number * grid.Step), bin => bin.Count).OrderBy(bin => bin.Key)
            .Select(bin => new ValueBin(grid.Edges[bin.Key], grid.Edges[bin.Key + 1], bin.Sum())),
    ];
}
