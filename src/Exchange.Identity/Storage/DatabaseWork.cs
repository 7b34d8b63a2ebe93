using Microsoft.Data.Sqlite;

namespace Exchange.Identity.Storage;

/// <summary>One piece of work on the database; valid only inside the body it was handed to.</summary>
internal readonly struct DatabaseWork(SqliteConnection connection, SqliteTransaction? transaction)
{
    /// <summary>Runs a statement and returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs a query and reads every row.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Runs a query of one whole number.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The register's version.</summary>
    public long RegisterVersion() => Number("SELECT version FROM register");

    /// <summary>Says that the register says something else from this transaction on; returns the new version.</summary>
    public long GrowRegister()
    {
        Execute("UPDATE register SET version = version + 1");
        return RegisterVersion();
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
