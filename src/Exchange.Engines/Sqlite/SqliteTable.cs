using System.Globalization;
using System.Text;
using Exchange.Protocol.Errors;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Exchange.Engines.Sqlite;

/// <summary>
/// One table of an SQLite file, read row by row in one read transaction. No statement of ours works long between two rows,
/// so the callers' look at their token is enough to stop it.
/// </summary>
internal sealed class SqliteTable : IDisposable
{
    private readonly SqliteConnection _connection;

    /// <summary>Opens the file for reading only and begins the transaction.</summary>
    public SqliteTable(string file, string table)
    {
        Name = table;
        var settings = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 2 };
        _connection = new SqliteConnection(settings.ToString());
        try
        {
            _connection.Open();
            Execute("BEGIN");
            Execute("SELECT 1 FROM sqlite_master LIMIT 1");
        }
        catch (SqliteException error)
        {
            _connection.Dispose();
            throw Failure(error);
        }
    }

    /// <summary>Name of the table.</summary>
    public string Name { get; }

    /// <summary>Names of its columns; empty when there is no such table or view.</summary>
    public IReadOnlyList<string> Columns()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT name FROM pragma_table_info($table)";
        command.Parameters.AddWithValue("$table", Name);
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <summary>Starts a scan of those columns, in the table's own order.</summary>
    public SqliteScan Scan(IReadOnlyList<string> columns)
    {
        // Qualified, because SQLite takes an unknown quoted name for a text.
        var names = columns.Count == 0 ? "1" : string.Join(", ", columns.Select(column => "t." + Identifier(column)));
        var result = raw.sqlite3_prepare_v2(_connection.Handle, $"SELECT {names} FROM {Identifier(Name)} AS t", out var statement);
        if (result != raw.SQLITE_OK)
        {
            throw Failure(new SqliteException(raw.sqlite3_errmsg(_connection.Handle).utf8_to_string(), result));
        }

        return new SqliteScan(statement);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>What SQLite's errors mean here; its messages may quote names and data, so none is passed on.</summary>
    public static ExchangeException Failure(SqliteException error) => error.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(Reasons.EngineFailed, "The SQLite file is being written by another program.", "Ask again when it has finished.", error),
        raw.SQLITE_FULL or raw.SQLITE_IOERR => new(Reasons.StorageFailed, "The engine could not read or write its files.", "Check the disk: space, permissions, and that the files are there.", error),
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_AUTH =>
            new(Reasons.SourceMissing, "The SQLite file cannot be opened.", "Check that it is there and that the node's user may read it and its folder.", error),
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => new(Reasons.SourceMalformed, "The file is not an SQLite database, or a damaged one.", "Check the file with its own program.", error),
        _ => new(Reasons.EngineFailed, "SQLite could not read the table.", "Check that the table is there and whole.", error),
    };

    private void Execute(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
