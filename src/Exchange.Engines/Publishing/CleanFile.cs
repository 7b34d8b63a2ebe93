using System.Text;

namespace Exchange.Engines.Publishing;

/// <summary>
/// A temporary text file of checked rows in a form that DuckDB reads without doubt: every text quoted, dates in ISO 8601.
/// It lies among the engine's files, because rows must not reach folders that others may read.
/// </summary>
internal sealed class CleanFile : IDisposable
{
    private readonly StreamWriter _text;

    public CleanFile(string path)
    {
        Path = path;
        _text = new StreamWriter(new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 256 * 1024,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }), new UTF8Encoding(false));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes the rows that keep every rule.</summary>
    public void Write(IEnumerable<SourceRow> rows, RowChecker checker, int columns, CancellationToken cancellationToken)
    {
        var values = new object?[columns];
        foreach (var row in rows)
        {
            if ((row.Line & 1023) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (checker.Check(row.Line, row.Fields, values))
            {
                WriteRow(checker, values);
            }
        }

        _text.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        File.Delete(Path);
    }

    private void WriteRow(RowChecker checker, object?[] values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            if (index > 0)
            {
                _text.Write(',');
            }

            if (values[index] is string value)
            {
                _text.Write('"');
                _text.Write(value.Replace("\"", "\"\"", StringComparison.Ordinal));
                _text.Write('"');
            }
            else if (values[index] is { } other)
            {
                _text.Write(checker.Write(index, other));
            }
        }

        _text.Write('\n');
    }
}
