using Exchange.Engines.DuckDb;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Sqlite;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>A source whose columns were matched with the product's.</summary>
/// <param name="Rows">Its rows one by one, for checking; may be read once.</param>
/// <param name="Ignored">Columns that the product does not name.</param>
/// <param name="Fast">How DuckDB reads it by itself; null when it cannot.</param>
/// <param name="Held">What stays open until the end.</param>
/// <param name="HashRows">Hashes its rows, of all columns.</param>
/// <param name="Guard">What looks at its fields while they are hashed, beside the import; null where hashing has to wait for the import.</param>
internal sealed record OpenedSource(
    IEnumerable<SourceRow> Rows, IReadOnlyList<string> Ignored, DuckDbSelect? Fast, IDisposable? Held, Action<RowHashWriter, CancellationToken> HashRows, FieldGuard? Guard) : IDisposable
{
    /// <summary>Opens a source.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="encoding">Encoding of a text file; empty for UTF-8.</param>
    /// <param name="columns">Stored columns of the product.</param>
    /// <param name="session">A DuckDB session that may reach the file; asked for when the source is a Parquet file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static OpenedSource Open(
        SourceAddress source, string encoding, IReadOnlyList<StoredColumn> columns, Func<DuckDbSession> session, CancellationToken cancellationToken) => source.Form switch
        {
            SourceForm.Text => OpenText(source, encoding, columns),
            SourceForm.Parquet => OpenParquet(source, columns, new ParquetReader(session(), source.File), cancellationToken),
            _ => OpenSqlite(new SqliteTable(source.File, source.Table), columns, cancellationToken),
        };

    /// <summary>The rows of an SQLite table, which is closed with the opened source.</summary>
    public static OpenedSource OpenSqlite(SqliteTable table, IReadOnlyList<StoredColumn> columns, CancellationToken cancellationToken)
    {
        try
        {
            var names = table.Columns();
            if (names.Count == 0)
            {
                throw Reasons.SourceMissing.Because("The SQLite file has no table of that name.", "Write the source as sqlite:FILE#TABLE with one of its tables or views.");
            }

            var match = ColumnMatch.Of(columns, names);
            return new OpenedSource(SqliteRows.Of(table, [.. columns.Select(column => column.Name)], cancellationToken), match.Ignored, null, table, (hashes, token) => SourceHashes.OfSqlite(table, hashes, token), null);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>The refusal of a source without rows, or without one that keeps the rules.</summary>
    public static ExchangeException Empty(RowChecker? checker) => checker is { BadRows: > 0 }
        ? Reasons.SourceEmpty.Because("No row of the source keeps the product's rules.", "Publish without dropping rows to see which rules are broken.")
        : Reasons.SourceEmpty.Because("The source has no rows.", "Give it rows below the header.");

    /// <inheritdoc/>
    public void Dispose() => Held?.Dispose();

    private static OpenedSource OpenText(SourceAddress source, string encoding, IReadOnlyList<StoredColumn> columns)
    {
        var layout = CsvLayout.Detect(source.File, encoding, [.. columns.Select(column => column.Name)]);
        var match = ColumnMatch.Of(columns, layout.Header);
        var guard = new FieldGuard(layout.Header.Count, match, columns);
        return new OpenedSource(
            SourceRows.OfText(layout, match), match.Ignored, DuckDbSelect.OfText(layout, match, columns), null, (hashes, token) => SourceHashes.OfText(layout, guard, hashes, token), guard);
    }

    private static OpenedSource OpenParquet(SourceAddress source, IReadOnlyList<StoredColumn> columns, ParquetReader reader, CancellationToken cancellationToken)
    {
        var described = reader.Describe(cancellationToken);
        IReadOnlyList<string> names = [.. described.Select(column => column.Name)];
        var match = ColumnMatch.Of(columns, names);
        var fast = DuckDbSelect.OfParquet(source.File, names, [.. described.Select(column => column.Type)], match, columns);
        return new OpenedSource(
            reader.Rows([.. columns.Select(column => column.Name)], cancellationToken), match.Ignored, fast, null, (hashes, token) => SourceHashes.OfParquet(source.File, names, reader.Session, hashes, token), null);
    }
}
