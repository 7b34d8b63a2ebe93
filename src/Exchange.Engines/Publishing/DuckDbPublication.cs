using Exchange.Engines.DuckDb;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines.Publishing;

/// <summary>
/// One publication into DuckDB. The fast path lets DuckDB read and type everything and raises doubt at the first field that might
/// break a rule; only then are the rows looked at one by one, to name lines or to leave rows out.
/// </summary>
internal sealed class DuckDbPublication(DuckDbDatabase database, RowHashFolder hashFolder, PublishRequest request, SourceAddress source, IProgress<string>? progress)
{
    private readonly IReadOnlyList<StoredColumn> _columns = StoredColumn.Of(request.Product);

    public PublishOutcome Publish(string part, CancellationToken cancellationToken)
    {
        var magnitudes = new Magnitudes(request.Product);
        using var import = new DuckDbImport(database, part, _columns, magnitudes, cancellationToken);
        using var opened = OpenedSource.Open(source, request.Encoding, _columns, () => import.Session, cancellationToken);
        using var hashing = new RowHashing(hashFolder, part, opened, cancellationToken);
        progress?.Report($"reading {source.FileName}");
        RowChecker? checker = null;
        if (opened.Fast is null || !import.TryLoad(opened.Fast, hashing.Doubts, cancellationToken))
        {
            checker = LoadCheckedRows(import, part, opened.Rows, cancellationToken);
            if (checker.BadRows > 0 && !request.DropViolations)
            {
                return new PublishOutcome(null, checker.Violations, opened.Ignored, 0);
            }
        }

        if (import.RowCount == 0)
        {
            throw OpenedSource.Empty(checker);
        }

        progress?.Report("counting the rows of each unit");
        var rowsPerUnit = request.Product.Unit is null ? 1
            : import.MaxRowsPerUnit(request.Product.Unit.SourceName, [.. (request.Base?.Parts ?? []).Select(database.FileOf)], cancellationToken);
        progress?.Report("storing");
        hashing.Keep();
        import.Keep(cancellationToken);
        return new PublishOutcome(
            new DatasetSource(DuckDbEngine.EngineName, request.Version, (request.Base?.RowCount ?? 0) + import.RowCount, rowsPerUnit, DuckDbEngine.Location, [.. request.Base?.Parts ?? [], part], false, null,
                magnitudes.With(request.Base), request.HashesWith(part)),
            checker?.Violations ?? [], opened.Ignored, checker?.BadRows ?? 0);
    }

    private RowChecker LoadCheckedRows(DuckDbImport import, string part, IEnumerable<SourceRow> rows, CancellationToken cancellationToken)
    {
        progress?.Report($"checking {source.FileName} row by row");
        var checker = new RowChecker(_columns);
        using var clean = new CleanFile(Path.Combine(database.Folder, part + ".clean"));
        clean.Write(rows, checker, _columns.Count, cancellationToken);
        if (checker.BadRows == 0 || request.DropViolations)
        {
            import.LoadClean(clean.Path, checker.GoodRows, cancellationToken);
        }

        return checker;
    }
}
