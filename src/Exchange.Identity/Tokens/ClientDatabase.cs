using Exchange.Identity.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Exchange.Identity.Tokens;

/// <summary>OpenIddict's tables: the OAuth clients, one per participant that joined. Tokens and authorizations are not stored.</summary>
internal sealed class ClientDatabase(DbContextOptions<ClientDatabase> options) : DbContext(options)
{
    /// <summary>Makes the file (mode 0600) with its tables.</summary>
    public static void Create(string file)
    {
        PrivateFile.Ensure(file);
        var options = new DbContextOptionsBuilder<ClientDatabase>();
        Configure(options, file);
        using var database = new ClientDatabase(options.Options);
        database.Database.EnsureCreated();

        // Kept in the file: later connections find the log mode set; synchronous is FULL unless told otherwise.
        database.Database.ExecuteSqlRaw("PRAGMA journal_mode = WAL");
        Release(file);
    }

    /// <summary>Points the context at a file.</summary>
    public static void Configure(DbContextOptionsBuilder options, string file) =>
        options.UseSqlite(ConnectionString(file)).UseOpenIddict();

    /// <summary>Closes the connections that are kept for reuse, so that nothing holds the file.</summary>
    public static void Release(string file)
    {
        using var connection = new SqliteConnection(ConnectionString(file));
        SqliteConnection.ClearPool(connection);
    }

    private static string ConnectionString(string file) => new SqliteConnectionStringBuilder { DataSource = file }.ToString();
}
