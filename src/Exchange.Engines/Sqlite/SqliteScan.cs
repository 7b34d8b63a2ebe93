using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Exchange.Engines.Sqlite;

/// <summary>A running scan. The readers give what the current row holds, whatever SQLite's type of it is.</summary>
internal sealed class SqliteScan(sqlite3_stmt statement) : IDisposable
{
    /// <summary>Rows between two looks at the token.</summary>
    private const int RowsPerLook = 1024;

    /// <summary>Most texts kept to be found again instead of made anew, and the longest one kept, in bytes.</summary>
    private const int TextsMax = 16 * 1024;
    private const int TextBytesMax = 128;

    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>Rows read so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Goes to the next row; false behind the last.</summary>
    public bool Read(CancellationToken cancellationToken)
    {
        if (RowCount % RowsPerLook == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW)
        {
            RowCount++;
            return true;
        }

        return result == raw.SQLITE_DONE ? false : throw SqliteTable.Failure(new SqliteException("The scan failed.", result));
    }

    /// <summary>SQLite's type of a field.</summary>
    public int TypeOf(int column) => raw.sqlite3_column_type(statement, column);

    /// <summary>An INTEGER.</summary>
    public long Whole(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>A REAL, or an INTEGER as a double.</summary>
    public double Real(int column) => raw.sqlite3_column_double(statement, column);

    /// <summary>A TEXT. Short ones that come again are the same object, which groups cheaply.</summary>
    public string Text(int column)
    {
        // Asking for the text first brings a UTF-16 database's field into UTF-8; the bytes are then read in place.
        var text = raw.sqlite3_column_text(statement, column);
        var bytes = raw.sqlite3_column_blob(statement, column);
        if (bytes.Length > TextBytesMax)
        {
            return text.utf8_to_string();
        }

        Span<char> characters = stackalloc char[TextBytesMax];
        var found = (ReadOnlySpan<char>)characters[..Encoding.UTF8.GetChars(bytes, characters)];
        if (_texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(found, out var known))
        {
            return known;
        }

        var made = found.ToString();
        if (_texts.Count < TextsMax)
        {
            _texts.Add(made);
        }

        return made;
    }

    /// <summary>Any field as text with all its digits; null for NULL.</summary>
    public string? AsText(int column) => TypeOf(column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Whole(column).ToString(CultureInfo.InvariantCulture),
        raw.SQLITE_FLOAT => Real(column).ToString("R", CultureInfo.InvariantCulture),
        _ => Text(column),
    };

    /// <inheritdoc/>
    public void Dispose() => statement.Dispose();
}
