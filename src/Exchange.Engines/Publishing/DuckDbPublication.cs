using Exchange.Engines.DuckDb;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines.Publishing;

/// <summary>
/// One publication into DuckDB. The fast path lets DuckDB read and type everything and raises doubt at the first field that might
/// break a rule; only then are the rows looked at one by one, to name lines or to leave rows out.
/// </summary>
internal sealed class DuckDbPublication(DuckDbDatabase database, PublishRequest request, SourceAddress source, IProgress<string>? progress)
{
    private readonly IReadOnlyList<StoredColumn> _columns = StoredColumn.Of(request.Product);

    public PublishOutcome Publish(string part, CancellationToken cancellationToken)
    {
        using var import = new DuckDbImport(database, part, _columns, cancellationToken);
        var (fast, rows, ignored) = Open(import, cancellationToken);
        progress?.Report($"reading {source.FileName}");
        RowChecker? checker = null;
        if (fast is null || !import.TryLoad(fast, cancellationToken))
        {
            checker = LoadCheckedRows(import, part, rows, cancellationToken);
            if (checker.BadRows > 0 && !request.DropViolations)
            {
                return new PublishOutcome(null, checker.Violations, ignored, 0);
            }
        }

        var rowCount = import.CountRows(cancellationToken);
        if (rowCount == 0)
        {
            throw EmptySource(checker);
        }

        progress?.Report("counting the rows of each unit");
        var rowsPerUnit = request.Product.Unit is null ? 1
            : import.MaxRowsPerUnit(request.Product.Unit.SourceName, [.. (request.Base?.Parts ?? []).Select(database.FileOf)], cancellationToken);
        progress?.Report("storing");
        import.Keep(cancellationToken);
        return new PublishOutcome(
            new DatasetSource(DuckDbEngine.EngineName, request.Version, (request.Base?.RowCount ?? 0) + rowCount, rowsPerUnit, DuckDbEngine.Location, [.. request.Base?.Parts ?? [], part], false, null),
            checker?.Violations ?? [], ignored, checker?.BadRows ?? 0);
    }

    /// <summary>The refusal of a source without rows, or without one that keeps the rules.</summary>
    public static ExchangeException EmptySource(RowChecker? checker) => checker is { BadRows: > 0 }
        ? Reasons.SourceEmpty.Because("No row of the source keeps the product's rules.", "Publish without dropping rows to see which rules are broken.")
        : Reasons.SourceEmpty.Because("The source has no rows.", "Give it rows below the header.");

    private (DuckDbSelect? Fast, IEnumerable<SourceRow> Rows, IReadOnlyList<string> Ignored) Open(DuckDbImport import, CancellationToken cancellationToken)
    {
        if (source.Form == SourceForm.Parquet)
        {
            var described = import.DescribeParquet(source.File, cancellationToken);
            IReadOnlyList<string> names = [.. described.Select(column => column.Name)];
            var parquet = ColumnMatch.Of(_columns, names);
            return (DuckDbSelect.OfParquet(source.File, names, [.. described.Select(column => column.Type)], parquet, _columns),
                import.ReadParquetRows(source.File, [.. _columns.Select(column => column.Name)], cancellationToken), parquet.Ignored);
        }

        var layout = CsvLayout.Detect(source.File, request.Encoding, [.. _columns.Select(column => column.Name)]);
        var match = ColumnMatch.Of(_columns, layout.Header);
        return (DuckDbSelect.OfText(layout, match, _columns), SourceRows.OfText(layout, match), match.Ignored);
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
