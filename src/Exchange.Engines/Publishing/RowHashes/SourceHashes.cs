using Exchange.Engines.DuckDb;
using Exchange.Engines.Sqlite;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Hashes whole rows of a source: all of its columns, also those that the product does not name, and rows that are left out.</summary>
internal static class SourceHashes
{
    private const int BlockBytes = 1 << 20;
    private const int RowsPerLook = 1024;

    /// <summary>The rows of a text file. What is no table in it is left to the import to refuse. The guard sees the fields of UTF-8 only.</summary>
    public static void OfText(CsvLayout layout, FieldGuard guard, RowHashWriter hashes, CancellationToken cancellationToken)
    {
        if (layout.IsUtf8)
        {
            OfUtf8(layout, guard, hashes, cancellationToken);
            return;
        }

        using var text = layout.OpenText();
        var reader = new CsvReader(text, layout.Delimiter);
        var record = new List<string>();
        reader.Read(record);
        while (reader.Read(record))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(hashes, record);
        }
    }

    /// <summary>The rows of a table of an SQLite file, in the transaction that is open over it.</summary>
    public static void OfSqlite(SqliteTable table, RowHashWriter hashes, CancellationToken cancellationToken)
    {
        var columns = table.Columns();
        using var scan = table.Scan(columns);
        while (scan.Read(cancellationToken))
        {
            hashes.BeginRow();
            for (var column = 0; column < columns.Count; column++)
            {
                hashes.Add(scan.AsText(column));
            }

            hashes.EndRow();
        }
    }

    /// <summary>The rows of a Parquet file.</summary>
    public static void OfParquet(string file, IReadOnlyList<string> columns, DuckDbSession session, RowHashWriter hashes, CancellationToken cancellationToken)
    {
        var texts = string.Join(", ", columns.Select(column => $"CAST({SqlText.Identifier(column)} AS VARCHAR)"));
        session.QueryOnce($"SELECT {texts} FROM {DuckDbSelect.FromParquet(file)}", reader =>
        {
            for (var row = 0L; reader.Read(); row++)
            {
                if (row % RowsPerLook == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                hashes.BeginRow();
                for (var column = 0; column < columns.Count; column++)
                {
                    hashes.Add(reader.IsDBNull(column) ? null : reader.GetString(column));
                }

                hashes.EndRow();
            }

            return true;
        }, cancellationToken);
    }

    private static void Add(RowHashWriter hashes, List<string> record)
    {
        hashes.BeginRow();
        foreach (var field in record)
        {
            hashes.Add(field);
        }

        hashes.EndRow();
    }

    /// <summary>Reads blocks, and of each the records that are whole in it. The import judges the file; here a record may be anything.</summary>
    private static void OfUtf8(CsvLayout layout, FieldGuard guard, RowHashWriter hashes, CancellationToken cancellationToken)
    {
        using var file = new FileStream(layout.File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
        var records = new Utf8Records((byte)layout.Delimiter, hashes, guard);
        var block = new byte[BlockBytes];
        var (held, last) = (0, false);
        while (!last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = file.ReadAtLeast(block.AsSpan(held), block.Length - held, throwOnEndOfStream: false);
            last = read < block.Length - held;
            held += read;
            var done = records.Take(block.AsSpan(0, held), last);
            block.AsSpan(done, held - done).CopyTo(block);
            held -= done;
            if (held == block.Length)
            {
                if (block.Length > CsvReader.RecordCharactersMax * 4)
                {
                    guard.DoubtIf(true);
                    return;
                }

                Array.Resize(ref block, block.Length * 2);
            }
        }
    }
}
