using System.Globalization;
using Exchange.Engines.Sqlite;
using Exchange.Protocol.Catalog.V1;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Exchange.Engines.Publishing;

/// <summary>Writes one part file; until <see cref="Keep"/> it is deleted at the end.</summary>
internal sealed class SqliteImport : IDisposable
{
    private readonly IReadOnlyList<StoredColumn> _columns;
    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _insert;
    private bool _kept;

    public SqliteImport(string file, IReadOnlyList<StoredColumn> columns)
    {
        _columns = columns;
        _file = file;
        OwnedFolder.Ensure(Path.GetDirectoryName(file)!);
        File.Open(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        _connection.Open();

        // A part that was not written to its end is thrown away, so nothing need be undone.
        Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN");
        Execute($"CREATE TABLE {SqliteEngine.PartTable} ({string.Join(", ", columns.Select(column => SqliteTable.Identifier(column.Name)))})");
        var marks = string.Join(", ", columns.Select((_, index) => "?" + (index + 1).ToString(CultureInfo.InvariantCulture)));
        Check(raw.sqlite3_prepare_v2(_connection.Handle, $"INSERT INTO {SqliteEngine.PartTable} VALUES ({marks})", out _insert));
    }

    /// <summary>Appends a checked row.</summary>
    public void Add(object?[] values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            Bind(index + 1, values[index], _columns[index].Type);
        }

        var result = raw.sqlite3_step(_insert);
        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
        Check(raw.sqlite3_reset(_insert));
    }

    /// <summary>Makes the part complete on disk; it stays.</summary>
    public void Keep()
    {
        Execute("COMMIT");
        CloseConnection();
        using (var file = new FileStream(_file, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Flush(flushToDisk: true);
        }

        _kept = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseConnection();
        if (!_kept)
        {
            File.Delete(_file);
        }
    }

    private void CloseConnection()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Bind(int position, object? value, ColumnType type) => Check(value switch
    {
        null => raw.sqlite3_bind_null(_insert, position),
        long whole => raw.sqlite3_bind_int64(_insert, position, whole),
        double real => raw.sqlite3_bind_double(_insert, position, real),
        Int128 unscaled when type.Precision <= StoredField.IntegerDigitsMax => raw.sqlite3_bind_int64(_insert, position, (long)unscaled),
        Int128 unscaled => raw.sqlite3_bind_text(_insert, position, Decimals.Text(unscaled, type.Scale)),
        _ => raw.sqlite3_bind_text(_insert, position, (string)value),
    });

    private static void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw SqliteTable.Failure(new SqliteException("The part could not be written.", result));
        }
    }

    private void Execute(string text)
    {
        try
        {
            using var command = _connection.CreateCommand();
            command.CommandText = text;
            command.ExecuteNonQuery();
        }
        catch (SqliteException error)
        {
            throw SqliteTable.Failure(error);
        }
    }
}
