using Exchange.Engines.DuckDb.Units;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// A bounded scan whose rows are collected by unit and added up outside of DuckDB, which does in a fraction of the time what two aggregations and a
/// window of its own would: they keep a hundred bytes for every group of every unit. Where the memory for it, the type of the unit or
/// the figures do not allow it, DuckDB's own are used. Which it is, is decided on the question, what was published of the dataset, and what else runs.
/// </summary>
internal sealed class CollectedScan(DuckDbSession session, ApprovedFragment fragment, FragmentSql sql, DatasetSource source, DuckDbDatabase database)
{
    private readonly ContributionBounds _bounds = fragment.Bounds!;

    /// <summary>The cells; null when DuckDB has to bound by itself.</summary>
    public List<RawCell>? Run(CancellationToken cancellationToken)
    {
        var kind = fragment.Product.Unit!.Type.Kind;
        if (kind is not (TypeKind.Int or TypeKind.String) || fragment.Aggregates.Any(aggregate => aggregate.Kind == AggregateKind.Bins))
        {
            return null;
        }

        var parameters = new SqlText();
        var collected = sql.WriteCollected(parameters, session.Number);
        var reach = collected.Figures.Count == 0 ? 1 : collected.Figures.Max(figure => figure.Reach);
        var groups = Math.Min(source.RowCount, DeclaredKeys.CountOf(fragment.Keys, fragment.Product, fragment.CellsMax) ?? long.MaxValue);
        var size = new CollectedSize(source.RowCount, source.RowsPerUnitMax, groups, kind == TypeKind.String ? 2 : 1, collected.Figures.Count, database.Limits.Threads);
        if (collected.Figures.Count > CollectFunction.FiguresMax || reach * source.RowCount * _bounds.RowsPerGroup > long.MaxValue / 2 || !size.Fits || !database.TryCollect(size.Bytes))
        {
            return null;
        }

        try
        {
            using var collector = new UnitCollector(session.Number, collected.Figures, kind == TypeKind.String, _bounds.OrderKey, source.RowCount, size.Bytes);
            try
            {
                return session.Query(collected.Text, parameters.Values, rows => Read(rows, collector, collected, cancellationToken), cancellationToken);
            }
            catch (Exception error) when (collector.IsFull && error is DuckDbError or AggregateException)
            {
                throw new DuckDbError(DuckDBErrorType.OutOfMemory, "The rows of the units do not fit.");
            }
        }
        finally
        {
            database.Collected(size.Bytes);
        }
    }

    private List<RawCell> Read(DuckDbRows rows, UnitCollector collector, FragmentSql.Collected collected, CancellationToken cancellationToken)
    {
        var (hash, number) = (fragment.Keys.Count, fragment.Keys.Count + 1);
        ulong[]? places = null;
        if (fragment.Keys.Count > 0 && source.RowsPerUnitMax > _bounds.GroupsPerUnit)
        {
            places = new ulong[collector.Groups + 1];
            rows.Keep();
            while (rows.Read())
            {
                places[rows.GetInt64(number)] = rows.GetUInt64(hash);
            }

            rows.Rewind();
        }

        var fold = new UnitFold(collector, _bounds, places);
        var sums = fold.Run(database.Limits.Threads, cancellationToken);
        var cells = new List<RawCell>();
        while (cells.Count < fragment.CellsMax && rows.Read())
        {
            var of = sums.AsSpan((int)rows.GetInt64(number) * fold.Width, fold.Width);
            if (of[0] > 0)
            {
                cells.Add(new RawCell(DuckDbEngine.ReadKey(rows, fragment), StatesOf(of, collected.FigureOf), [new SupportCount(of[0], null)], [], []));
            }
        }

        return cells;
    }

    private PartialState[] StatesOf(ReadOnlySpan<long> sums, IReadOnlyList<int> figureOf)
    {
        var states = new PartialState[figureOf.Count];
        for (var index = 0; index < states.Length; index++)
        {
            var place = 2 + (2 * figureOf[index]);
            states[index] = place == 0 ? new PartialState(sums[1]) : new PartialState(sums[place], fragment.Aggregates[index].Integers is null ? default : sums[place + 1]);
        }

        return states;
    }
}
