using Microsoft.Data.Sqlite;

namespace Exchange.Identity.Storage;

/// <summary>
/// What the identity server knows: members, keys, codes, products, token keys and the register's version, in one SQLite file.
///
/// Durability: a write is on the disk (WAL, synchronous=FULL) before <see cref="Write{T}"/> returns; a body that throws leaves nothing.
/// Consistency: one connection behind one lock, so bodies run one after another and see each other's results whole.
/// Every table has a class of its own, beside what uses it, with the statements over a <see cref="DatabaseWork"/>.
/// </summary>
internal sealed class IdentityDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();

    private IdentityDatabase(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the file, making it (mode 0600) and bringing its schema up to date as needed.</summary>
    public static IdentityDatabase Open(string file)
    {
        PrivateFile.Ensure(file);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, ForeignKeys = true }.ToString());
        var database = new IdentityDatabase(connection);
        try
        {
            connection.Open();
            using (var pragma = connection.CreateCommand())
            {
                pragma.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
                pragma.ExecuteNonQuery();
            }

            database.Write(work =>
            {
                Migrations.Apply(work);
                return true;
            });
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs a body that only reads.</summary>
    public T Read<T>(Func<DatabaseWork, T> body)
    {
        lock (_gate)
        {
            return body(new DatabaseWork(_connection, null));
        }
    }

    /// <summary>Runs a body in a transaction that is committed when it returns.</summary>
    public T Write<T>(Func<DatabaseWork, T> body)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var result = body(new DatabaseWork(_connection, transaction));
            transaction.Commit();
            return result;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _connection.Dispose();
        }
    }
}
