using System.Collections.Concurrent;
using System.Globalization;
using DuckDB.NET.Data;
using Exchange.Engines.DuckDb.Units;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// The DuckDB instance that serves one node. Each stored part is a database file of its own, written once by an import and
/// attached here read-only: publishing never disturbs running queries, and dropping a part is deleting a file. The instance
/// itself lives in memory, cannot reach files outside its folder, and cannot be reconfigured.
/// </summary>
internal sealed class DuckDbDatabase(string folder, EngineLimits limits) : IAsyncDisposable
{
    /// <summary>Most connections kept open for later queries.</summary>
    private const int IdleMax = 4;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _attached = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<DuckDbSession> _idle = [];
    private DuckDBConnection? _root;
    private int _idleCount;
    private long _collecting;
    private bool _disposed;

    /// <summary>Where the parts are.</summary>
    public string Folder => folder;

    /// <summary>Bounds of every instance.</summary>
    public EngineLimits Limits => limits;

    /// <summary>File of a part.</summary>
    public string FileOf(string part) => Path.Combine(folder, part + ".duckdb");

    /// <summary>Name of a part's table in statements.</summary>
    public static string TableOf(string part) => SqlText.Identifier(part) + ".main.\"rows\"";

    /// <summary>Sets memory aside for the rows of a scan, of which all scans together may have half as much as DuckDB.</summary>
    /// <param name="bytes">To be given back by <see cref="Collected"/>.</param>
    /// <returns>Whether there was as much.</returns>
    public bool TryCollect(long bytes)
    {
        if (Interlocked.Add(ref _collecting, bytes) <= limits.MemoryBytes / 2)
        {
            return true;
        }

        Collected(bytes);
        return false;
    }

    /// <summary>Gives it back.</summary>
    public void Collected(long bytes) => Interlocked.Add(ref _collecting, -bytes);

    /// <summary>Runs work on a connection that sees the parts.</summary>
    public T Use<T>(IReadOnlyList<string> parts, Func<DuckDbSession, T> work, CancellationToken cancellationToken)
    {
        Attach(parts, cancellationToken);
        var session = Rent();
        try
        {
            var result = work(session);
            Return(session);
            return result;
        }
        catch (DuckDBException error)
        {
            session.Dispose();
            throw DuckDbFailure.From(error);
        }
        catch (DuckDbError error)
        {
            session.Dispose();
            throw DuckDbFailure.From(error);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Detaches and deletes parts that nobody reads.</summary>
    public void Drop(Predicate<string> unread)
    {
        lock (_gate)
        {
            DisposeIdle();
            foreach (var part in _attached.Where(part => unread(part)).ToList())
            {
                using var session = new DuckDbSession(Connect());
                session.Execute($"DETACH {SqlText.Identifier(part)}", CancellationToken.None);
                _attached.Remove(part);
            }

            if (!Directory.Exists(folder))
            {
                return;
            }

            foreach (var file in Directory.EnumerateFiles(folder))
            {
                // A part's own write-ahead file begins with the name of its database file.
                if (unread(Path.GetFileName(file).Split('.')[0]))
                {
                    File.Delete(file);
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
            DisposeIdle();
            _root?.Dispose();
            _root = null;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Opens an instance in memory with this node's bounds.</summary>
    public DuckDBConnection OpenInstance()
    {
        OwnedFolder.Ensure(folder);
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
            SET threads = {Math.Max(1, limits.Threads)};
            SET memory_limit = '{limits.MemoryBytes}B';
            SET temp_directory = {SqlText.Literal(Path.Combine(folder, "spill"))};
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            """);
        command.ExecuteNonQuery();
        return connection;
    }

    private void Attach(IReadOnlyList<string> parts, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _root ??= OpenServing();
            foreach (var part in parts.Where(part => !_attached.Contains(part)))
            {
                var file = FileOf(part);
                if (!File.Exists(file))
                {
                    throw Reasons.StorageFailed.Because("A stored part of the dataset is missing from the node's data folder.", "Restore the folder from a backup, or publish the dataset again.");
                }

                try
                {
                    using var session = new DuckDbSession(Connect());
                    session.Execute($"ATTACH {SqlText.Literal(file)} AS {SqlText.Identifier(part)} (READ_ONLY)", cancellationToken);
                }
                catch (DuckDBException error)
                {
                    throw DuckDbFailure.From(error);
                }

                _attached.Add(part);
            }
        }
    }

    private DuckDBConnection OpenServing()
    {
        var connection = OpenInstance();
        MomentsFunction.Register(connection.NativeConnection);
        GridSumFunction.Register(connection.NativeConnection);
        CollectFunction.Register(connection.NativeConnection);
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SET allowed_directories = [{SqlText.Literal(folder + Path.DirectorySeparatorChar)}];
            SET enable_external_access = false;
            SET lock_configuration = true;
            """;
        command.ExecuteNonQuery();
        return connection;
    }

    private DuckDbSession Rent()
    {
        if (_idle.TryTake(out var session))
        {
            Interlocked.Decrement(ref _idleCount);
            return session;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new DuckDbSession(Connect());
        }
    }

    private DuckDBConnection Connect()
    {
        var connection = _root!.Duplicate();
        connection.Open();
        return connection;
    }

    private void Return(DuckDbSession session)
    {
        if (_disposed || Interlocked.Increment(ref _idleCount) > IdleMax)
        {
            Interlocked.Decrement(ref _idleCount);
            session.Dispose();
            return;
        }

        _idle.Add(session);
    }

    private void DisposeIdle()
    {
        while (_idle.TryTake(out var session))
        {
            Interlocked.Decrement(ref _idleCount);
            session.Dispose();
        }
    }
}
