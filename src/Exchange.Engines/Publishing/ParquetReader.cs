using System.Globalization;
using DuckDB.NET.Data;
using Exchange.Engines.DuckDb;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>Reads a Parquet file through a DuckDB instance that may reach it.</summary>
internal sealed class ParquetReader(DuckDbSession session, string file)
{
    private const int BatchRows = 10_000;

    /// <summary>The session that reads it.</summary>
    public DuckDbSession Session => session;

    /// <summary>Names and DuckDB types of its columns.</summary>
    public IReadOnlyList<(string Name, string Type)> Describe(CancellationToken cancellationToken) =>
        Query($"DESCRIBE SELECT * FROM {DuckDbSelect.FromParquet(file)}", reader =>
        {
            var columns = new List<(string, string)>();
            while (reader.Read())
            {
                columns.Add((reader.GetString(0), reader.GetString(1)));
            }

            return columns;
        }, cancellationToken);

    /// <summary>Its rows as text, where their numbers matter.</summary>
    public IEnumerable<SourceRow> Rows(IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var texts = string.Join(", ", columns.Select(column => $"CAST({SqlText.Identifier(column)} AS VARCHAR)"));
        var line = 0L;
        while (true)
        {
            var text = string.Create(CultureInfo.InvariantCulture,
                $"SELECT {texts} FROM {DuckDbSelect.FromParquet(file, "file_row_number = true")} WHERE file_row_number >= {line} AND file_row_number < {line + BatchRows} ORDER BY file_row_number");
            var rows = Query(text, reader => Texts(reader, columns.Count), cancellationToken);
            if (rows.Count == 0)
            {
                yield break;
            }

            foreach (var fields in rows)
            {
                yield return new SourceRow(++line, fields);
            }
        }
    }

    private T Query<T>(string text, Func<DuckDBDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return session.QueryOnce(text, read, cancellationToken);
        }
        catch (DuckDBException error)
        {
            throw new ExchangeException(Reasons.SourceMalformed, "The source is not a Parquet file that can be read.", "Write it again, or publish it as CSV.", error);
        }
    }

    private static List<string?[]> Texts(DuckDBDataReader reader, int columns)
    {
        var rows = new List<string?[]>();
        while (reader.Read())
        {
            var fields = new string?[columns];
            for (var index = 0; index < columns; index++)
            {
                fields[index] = reader.IsDBNull(index) ? null : reader.GetString(index);
            }

            rows.Add(fields);
        }

        return rows;
    }
}
