using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Storage;

/// <summary>
/// Statements that are prepared once per connection, for what every decision reads and writes in its transaction. Parameters are
/// <c>$1</c>, <c>$2</c> and so on. They end with their connection.
/// </summary>
internal static class PreparedStatements
{
    private static readonly ConditionalWeakTable<SqliteConnection, Dictionary<string, SqliteCommand>> Kept = [];

    /// <summary>Runs it; returns how many rows it wrote.</summary>
    public static int ExecutePrepared(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) => Bound(connection, sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row; null for no row.</summary>
    public static object? ScalarPrepared(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) => Bound(connection, sql, values).ExecuteScalar();

    private static SqliteCommand Bound(SqliteConnection connection, string sql, ReadOnlySpan<object?> values)
    {
        var statements = Kept.GetOrCreateValue(connection);
        if (!statements.TryGetValue(sql, out var command))
        {
            statements[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
            for (var place = 1; place <= values.Length; place++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${place}" });
            }
        }

        for (var place = 0; place < values.Length; place++)
        {
            command.Parameters[place].Value = values[place] ?? DBNull.Value;
        }

        return command;
    }
}
