using DuckDB.NET.Native;
using Exchange.Protocol.Signing;
using Microsoft.Data.Sqlite;

namespace Exchange.Benchmarks;

/// <summary>
/// The least that any owner does for a fresh question, with nothing around it: one signature checked, one prepared statement of
/// DuckDB over its rows, one signature made, one row committed durably to a file of its own. What a node takes beyond it is ours.
/// </summary>
internal sealed class OwnersLeast : IDisposable
{
    private const int RowBytes = 600;

    private readonly Lock _gate = new();
    private readonly SigningKey _key = SigningKey.Create();
    private readonly byte[] _message = new byte[RowBytes];
    private readonly byte[] _signature;
    private readonly SqliteConnection _state;
    private readonly SqliteCommand _insert;
    private readonly DuckDBDatabase _database;
    private readonly DuckDBNativeConnection _connection;
    private readonly DuckDBPreparedStatement _statement;

    /// <param name="folder">Where its state goes.</param>
    /// <param name="rows">Parquet file of its rows.</param>
    /// <param name="sql">The question over <c>readings</c>.</param>
    public OwnersLeast(string folder, string rows, string sql)
    {
        _signature = _key.Sign(_message);
        _state = new SqliteConnection($"Data Source={Path.Combine(folder, Path.GetRandomFileName())};Pooling=False");
        _state.Open();
        using (var command = _state.CreateCommand())
        {
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log(id INTEGER PRIMARY KEY, leaf BLOB)";
            command.ExecuteNonQuery();
        }

        _insert = _state.CreateCommand();
        _insert.CommandText = "INSERT INTO log(leaf) VALUES ($leaf)";
        _insert.Parameters.AddWithValue("$leaf", _message);
        Check(NativeMethods.Startup.DuckDBOpen(":memory:", out _database));
        Check(NativeMethods.Startup.DuckDBConnect(_database, out _connection));
        Execute("SET threads = 1");
        Execute($"CREATE TABLE readings AS SELECT * FROM '{rows}'");
        Check(NativeMethods.PreparedStatements.DuckDBPrepare(_connection, sql, out _statement));
    }

    /// <summary>Does it once; one at a time, as one owner's writer would.</summary>
    public void Answer()
    {
        lock (_gate)
        {
            if (!SigningKey.Verify(_key.PublicKey, _message, _signature))
            {
                throw new InvalidOperationException("A signature just made does not hold.");
            }

            Check(NativeMethods.PreparedStatements.DuckDBExecutePrepared(_statement, out var result));
            result.Close();
            _key.Sign(_message);
            _insert.ExecuteNonQuery();
        }
    }

    /// <summary>What the asker's side does for each owner: its node and its client each check the receipt.</summary>
    public bool Receive() => SigningKey.Verify(_key.PublicKey, _message, _signature) && SigningKey.Verify(_key.PublicKey, _message, _signature);

    public void Dispose()
    {
        _statement.Dispose();
        _connection.Dispose();
        _database.Dispose();
        _insert.Dispose();
        _state.Dispose();
        _key.Dispose();
    }

    private void Execute(string sql)
    {
        Check(NativeMethods.Query.DuckDBQuery(_connection, sql, out var result));
        result.Close();
    }

    private static void Check(DuckDBState state)
    {
        if (state != DuckDBState.Success)
        {
            throw new InvalidOperationException("DuckDB refused a statement of the baseline.");
        }
    }
}
