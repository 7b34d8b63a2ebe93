using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Exchange.Node.Storage;

/// <summary>
/// Statements that are prepared once, for what every decision reads and writes in its transaction: only inside a body of
/// <see cref="StateStore.WriteAsync{T}"/>, on whose connection they are kept until that is closed. Parameters are bound by their order, without the
/// layers that commands have around SQLite.
/// </summary>
internal static class PreparedStatements
{
    private static readonly ConditionalWeakTable<SqliteConnection, Dictionary<string, sqlite3_stmt>> Kept = [];

    /// <summary>Runs it; returns how many rows it wrote.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="sql">One statement, a literal.</param>
    /// <param name="values">Texts, bytes, whole numbers and nulls.</param>
    /// <exception cref="SqliteException">What SQLite refuses.</exception>
    public static int ExecutePrepared(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        Run(connection, sql, values, static (db, _, _) => raw.sqlite3_changes(db));

    /// <summary>The whole number in the first column of the only row.</summary>
    /// <inheritdoc cref="ExecutePrepared"/>
    public static long NumberPrepared(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        Run(connection, sql, values, static (_, statement, _) => raw.sqlite3_column_int64(statement, 0));

    /// <summary>The bytes in the first column of the only row; null for no row.</summary>
    /// <inheritdoc cref="ExecutePrepared"/>
    public static byte[]? BytesPrepared(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        Run(connection, sql, values, static (_, statement, hasRow) => hasRow ? raw.sqlite3_column_blob(statement, 0).ToArray() : null);

    /// <summary>Ends all of a connection that is about to be closed.</summary>
    public static void Release(SqliteConnection connection)
    {
        if (Kept.TryGetValue(connection, out var statements))
        {
            Kept.Remove(connection);
            foreach (var statement in statements.Values)
            {
                statement.Dispose();
            }
        }
    }

    private static T Run<T>(SqliteConnection connection, string sql, ReadOnlySpan<object?> values, Func<sqlite3, sqlite3_stmt, bool, T> read)
    {
        var db = connection.Handle!;
        var statements = Kept.GetOrCreateValue(connection);
        if (!statements.TryGetValue(sql, out var statement))
        {
            SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(db, sql, out statement), db);
            statements.Add(sql, statement);
        }

        for (var place = 0; place < values.Length; place++)
        {
            SqliteException.ThrowExceptionForRC(Bind(statement, place + 1, values[place]), db);
        }

        try
        {
            var result = raw.sqlite3_step(statement);
            SqliteException.ThrowExceptionForRC(result is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : result, db);
            return read(db, statement, result == raw.SQLITE_ROW);
        }
        finally
        {
            // Otherwise its lock and its values stay.
            raw.sqlite3_reset(statement);
            raw.sqlite3_clear_bindings(statement);
        }
    }

    private static int Bind(sqlite3_stmt statement, int place, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, place),
        string text => raw.sqlite3_bind_text(statement, place, text),
        byte[] bytes => raw.sqlite3_bind_blob(statement, place, bytes),
        long number => raw.sqlite3_bind_int64(statement, place, number),
        int number => raw.sqlite3_bind_int64(statement, place, number),
        _ => throw new ArgumentException("A parameter is a text, bytes, a whole number or null."),
    };
}
