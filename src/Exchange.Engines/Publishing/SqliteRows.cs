using Exchange.Engines.Sqlite;

namespace Exchange.Engines.Publishing;

/// <summary>Reads an SQLite table row by row as text; a row's number is its place in the table's own order.</summary>
internal static class SqliteRows
{
    /// <summary>The rows, with the fields of those columns.</summary>
    public static IEnumerable<SourceRow> Of(SqliteTable table, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        using var scan = table.Scan(columns);
        var fields = new string?[columns.Count];
        while (scan.Read(cancellationToken))
        {
            for (var index = 0; index < fields.Length; index++)
            {
                fields[index] = scan.AsText(index);
            }

            yield return new SourceRow(scan.RowCount, fields);
        }
    }
}
