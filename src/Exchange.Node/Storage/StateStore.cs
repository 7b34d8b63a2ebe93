using Exchange.Protocol.Errors;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Storage;

/// <summary>
/// The node's state: one SQLite file, WAL, synchronous=FULL. All writes go through one writer that commits whatever is
/// waiting as one transaction (group commit): a returned write is durable, and a crash at any moment loses none that returned.
/// When one of several throws, all run once more, each in a savepoint of its own, so that it takes back only itself: a body may run
/// twice. Bodies run on the store's thread, which waits for the disk so that no thread of the pool has to.
/// </summary>
internal sealed class StateStore : IAsyncDisposable
{
    /// <summary>Most writes in one transaction.</summary>
    private const int BatchMax = 256;

    /// <summary>Most writes that wait for one.</summary>
    private const int WaitingMax = 4096;

    // A process may host a hundred nodes.
    private const int StackBytes = 512 << 10;

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    // Without a handle it has nothing to dispose of, and who comes too late still asks it.
    private readonly SemaphoreSlim _room = new(WaitingMax);

    // What waits, and the lock of it and of the next. Waited on without spinning: a process may host a hundred stores that have nothing to do.
    private readonly Queue<PendingWrite> _queue = new();
    private bool _isClosed;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _savepoint;
    private readonly SqliteCommand _release;
    private volatile IBatchSealer? _sealer;

    private StateStore(string connectionString, SqliteConnection writer)
    {
        _connectionString = connectionString;
        _writer = writer;
        _begin = Command(writer, "BEGIN IMMEDIATE");
        _commit = Command(writer, "COMMIT");
        _savepoint = Command(writer, "SAVEPOINT one");
        _release = Command(writer, "RELEASE one");
        new Thread(WriteLoop, StackBytes) { IsBackground = true, Name = "state" }.Start();
    }

    /// <summary>Opens the file, making it (mode 0600) and bringing it to the newest schema as needed.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.StorageFailed"/>.</exception>
    public static StateStore Open(string file)
    {
        if (!File.Exists(file))
        {
            using var created = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        var settings = new SqliteConnectionStringBuilder { DataSource = file, Pooling = true, DefaultTimeout = 30 };
        var connectionString = settings.ToString();

        // Of its own, not of the readers' pool: whatever happens to it, no reader inherits its transaction.
        settings.Pooling = false;
        var writer = new SqliteConnection(settings.ToString());
        try
        {
            writer.Open();
            Execute(writer, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
            Migrations.Apply(writer);
            return new StateStore(connectionString, writer);
        }
        catch (SqliteException error)
        {
            writer.Dispose();
            throw Failure(error);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Runs the body in the next transaction and returns once that is durable. It may run twice, and only what its last run wrote counts.</summary>
    /// <exception cref="ExchangeException">What the body threw, or <see cref="Reasons.StorageFailed"/> when the disk refused.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> body, CancellationToken cancellationToken = default)
    {
        var pending = new PendingWrite(connection => body(connection)!);
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_queue)
        {
            if (_isClosed)
            {
                _room.Release();
                throw Reasons.StorageFailed.Because("The node is stopping and writes nothing more.", "Start it again.");
            }

            _queue.Enqueue(pending);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_queue);
            }
        }

        return (T)await pending.Completion.Task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<SqliteConnection> body, CancellationToken cancellationToken = default) =>
        WriteAsync<object?>(connection =>
        {
            body(connection);
            return null;
        }, cancellationToken);

    /// <summary>
    /// Runs the body in a transaction of its own, on the calling thread and a connection of its own; durable when it returns. For what must be
    /// there before a node serves and anything else is written.
    /// </summary>
    public T WriteAtStart<T>(Func<SqliteConnection, T> body)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA synchronous=FULL;");
        using var transaction = connection.BeginTransaction(deferred: false);
        try
        {
            var result = body(connection);
            transaction.Commit();
            return result;
        }
        finally
        {
            PreparedStatements.Release(connection);
        }
    }

    /// <summary>Has the sealer take part in every transaction from now on. There is one: the access log.</summary>
    public void SealBatchesWith(IBatchSealer sealer) => _sealer = sealer;

    /// <summary>Reads a consistent snapshot on a connection of its own; never waits for writers.</summary>
    public T Read<T>(Func<SqliteConnection, T> body)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return body(connection);
    }

    /// <summary>Waits for the writes under way, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_queue)
        {
            _isClosed = true;
            Monitor.Pulse(_queue);
        }

        await _ended.Task.ConfigureAwait(false);
        await _begin.DisposeAsync().ConfigureAwait(false);
        await _commit.DisposeAsync().ConfigureAwait(false);
        await _savepoint.DisposeAsync().ConfigureAwait(false);
        await _release.DisposeAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref _sealer, null)?.Close();
        PreparedStatements.Release(_writer);
        await _writer.DisposeAsync().ConfigureAwait(false);
        using var pool = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(pool);
    }

    private void WriteLoop()
    {
        var batch = new List<PendingWrite>(BatchMax);
        while (Take(batch))
        {
            _room.Release(batch.Count);
            Commit(batch);
        }

        _ended.SetResult();
    }

    // What waits, as many as go into one transaction; false once there is nothing more to come.
    private bool Take(List<PendingWrite> batch)
    {
        batch.Clear();
        lock (_queue)
        {
            while (_queue.Count == 0 && !_isClosed)
            {
                Monitor.Wait(_queue);
            }

            while (batch.Count < BatchMax && _queue.TryDequeue(out var pending))
            {
                batch.Add(pending);
            }
        }

        return batch.Count > 0;
    }

    private void Commit(List<PendingWrite> batch)
    {
        try
        {
            _begin.ExecuteNonQuery();
            if (batch.Count == 1)
            {
                Run(batch[0], undo: "ROLLBACK");
            }
            else if (!batch.TrueForAll(RunsThrough))
            {
                Execute(_writer, "ROLLBACK");
                _sealer?.RolledBack();
                _begin.ExecuteNonQuery();
                batch.ForEach(RunInSavepoint);
            }

            if (batch.Count > 1 || batch[0].Error is null)
            {
                _sealer?.Seal(_writer);
                _commit.ExecuteNonQuery();
                _sealer?.Committed();
            }
            else
            {
                _sealer?.RolledBack();
            }
        }
        catch (Exception error)
        {
            // Nothing of the batch counts: every caller learns so, whatever it was, and the writer goes on for the next.
            TryRollback();
            _sealer?.RolledBack();
            foreach (var pending in batch)
            {
                pending.Completion.TrySetException(error is SqliteException refusal ? Failure(refusal) : error);
            }

            return;
        }

        if (batch.Count == 1)
        {
            batch[0].Finish();
            return;
        }

        // Many are told by another thread, so that the next transaction need not wait for that.
        ThreadPool.UnsafeQueueUserWorkItem(written => Array.ForEach(written, pending => pending.Finish()), batch.ToArray(), preferLocal: false);
    }

    private bool RunsThrough(PendingWrite pending)
    {
        try
        {
            pending.Result = pending.Body(_writer);
            return true;
        }
        catch (Exception error) when (!IsOfTheDisk(error))
        {
            return false;
        }
    }

    private void RunInSavepoint(PendingWrite pending)
    {
        _savepoint.ExecuteNonQuery();
        var before = _sealer?.Mark() ?? 0;
        Run(pending, undo: "ROLLBACK TO one");
        _release.ExecuteNonQuery();
        if (pending.Error is not null)
        {
            _sealer?.UndoTo(before);
        }
    }

    private void Run(PendingWrite pending, string undo)
    {
        try
        {
            pending.Result = pending.Body(_writer);
        }
        catch (Exception error) when (!IsOfTheDisk(error))
        {
            pending.Error = error;
            Execute(_writer, undo);
        }
    }

    private static bool IsOfTheDisk(Exception error) => error is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR };

    private void TryRollback()
    {
        try
        {
            Execute(_writer, "ROLLBACK");
        }
        catch (Exception error) when (error is SqliteException or InvalidOperationException)
        {
            // SQLite rolled back by itself when the disk refused (https://sqlite.org/lang_transaction.html, section 3.1),
            // or the connection is gone and its transaction with it.
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private static ExchangeException Failure(SqliteException error) => new(
        Reasons.StorageFailed, $"The node's state could not be written (SQLite code {error.SqliteErrorCode}).", "Free disk space and check the home folder's permissions.", error);

    private sealed class PendingWrite(Func<SqliteConnection, object> body)
    {
        public Func<SqliteConnection, object> Body { get; } = body;

        public TaskCompletionSource<object> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public object? Result { get; set; }

        public Exception? Error { get; set; }

        public void Finish()
        {
            if (Error is null)
            {
                Completion.TrySetResult(Result!);
            }
            else
            {
                Completion.TrySetException(Error);
            }
        }
    }
}
