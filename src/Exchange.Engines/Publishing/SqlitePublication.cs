using Exchange.Engines.DuckDb;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Sqlite;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines.Publishing;

/// <summary>One publication for the SQLite engine: a table attached where it is, or a part of our own written row by row.</summary>
internal sealed class SqlitePublication(SqliteEngine engine, DuckDbDatabase duckDb, RowHashFolder hashFolder, PublishRequest request, SourceAddress source, IProgress<string>? progress)
{
    private readonly IReadOnlyList<StoredColumn> _columns = StoredColumn.Of(request.Product);
    private readonly RowChecker _checker = new(StoredColumn.Of(request.Product));
    private readonly UnitRows _units = new();
    private readonly Magnitudes _magnitudes = new(request.Product);

    public PublishOutcome Publish(string part, CancellationToken cancellationToken)
    {
        if (source.Form == SourceForm.Sqlite && request.Base?.Attached != false)
        {
            return Attach(part, cancellationToken);
        }

        return request.Base?.Attached == true
            ? throw Reasons.InvalidRequest.Because("The dataset is an attached table, and rows of another source cannot be put on top of it.", "Add the rows to the table and append it again, or publish everything anew.")
            : Import(part, cancellationToken);
    }

    /// <summary>Position of the unit among the stored columns; -1 when each row is its own.</summary>
    private int UnitPosition => request.Product.Unit is { } unit ? _columns.ToList().FindIndex(column => column.Name == unit.SourceName) : -1;

    private PublishOutcome Attach(string name, CancellationToken cancellationToken)
    {
        if (request.DropViolations)
        {
            throw Reasons.InvalidRequest.Because("Rows of an attached table cannot be left out.", "Publish without dropping rows, or copy the table with the engine duckdb.");
        }

        if (request.Base is { } attached && (attached.Location != source.File || !attached.Parts.SequenceEqual([source.Table])))
        {
            throw Reasons.InvalidRequest.Because("The dataset is another attached table.", "Append the same table again, or publish this one anew.");
        }

        progress?.Report($"checking {source.FileName} row by row");
        using var opened = OpenedSource.OpenSqlite(new SqliteTable(source.File, source.Table), _columns, cancellationToken);
        var stamp = SourceStamps.Of(source.File, 0);
        Check(opened.Rows, _ => { }, cancellationToken);
        if (_checker.BadRows > 0)
        {
            return new PublishOutcome(null, _checker.Violations, opened.Ignored, 0);
        }

        if (_checker.GoodRows == 0)
        {
            throw OpenedSource.Empty(_checker);
        }

        // In the transaction that was checked.
        using var hashing = new RowHashing(hashFolder, name, opened, cancellationToken);
        hashing.Keep();
        var rows = _checker.GoodRows;
        return new PublishOutcome(
            new DatasetSource(SqliteEngine.EngineName, request.Version, rows, RowsPerUnit(), source.File, [source.Table], true, stamp with { RowCount = rows }, _magnitudes.With(null), [name]),
            [], opened.Ignored, 0);
    }

    private PublishOutcome Import(string part, CancellationToken cancellationToken)
    {
        DuckDbSession? instance = null;
        try
        {
            using var opened = OpenedSource.Open(source, request.Encoding, _columns, () => instance = new DuckDbSession(duckDb.OpenInstance()), cancellationToken);
            using var hashing = new RowHashing(hashFolder, part, opened, cancellationToken);
            using var import = new SqliteImport(engine.FileOf(part), _columns);
            progress?.Report($"reading {source.FileName}");
            Check(opened.Rows, import.Add, cancellationToken);
            if (_checker.BadRows > 0 && !request.DropViolations)
            {
                return new PublishOutcome(null, _checker.Violations, opened.Ignored, 0);
            }

            if (_checker.GoodRows == 0)
            {
                throw OpenedSource.Empty(_checker);
            }

            CountUnitsOfBase(cancellationToken);
            progress?.Report("storing");
            hashing.Keep();
            import.Keep();
            return new PublishOutcome(
                new DatasetSource(
                    SqliteEngine.EngineName, request.Version, (request.Base?.RowCount ?? 0) + _checker.GoodRows, RowsPerUnit(), SqliteEngine.Location,
                    [.. request.Base?.Parts ?? [], part], false, null, _magnitudes.With(request.Base), request.HashesWith(part)),
                _checker.Violations, opened.Ignored, _checker.BadRows);
        }
        finally
        {
            instance?.Dispose();
        }
    }

    private void Check(IEnumerable<SourceRow> rows, Action<object?[]> keep, CancellationToken cancellationToken)
    {
        var values = new object?[_columns.Count];
        var unit = UnitPosition;
        foreach (var row in rows)
        {
            if ((row.Line & 1023) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!_checker.Check(row.Line, row.Fields, values))
            {
                continue;
            }

            keep(values);
            _magnitudes.Add(values);
            if (unit >= 0)
            {
                _units.Add(values[unit]);
            }
        }
    }

    private void CountUnitsOfBase(CancellationToken cancellationToken)
    {
        if (request.Base is null || UnitPosition < 0)
        {
            return;
        }

        var parts = engine.Open(request.Base);
        foreach (var part in parts)
        {
            using (part)
            {
                _units.AddPart(part, _columns[UnitPosition], cancellationToken);
            }
        }
    }

    private long RowsPerUnit() => UnitPosition < 0 ? 1 : _units.Max;
}
