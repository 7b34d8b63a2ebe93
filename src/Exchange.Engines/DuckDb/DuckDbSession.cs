using DuckDB.NET.Data;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.DuckDb;

/// <summary>One connection with the statements it prepared lately. Used by one query at a time.</summary>
internal sealed class DuckDbSession(DuckDBConnection connection) : IDisposable
{
    /// <summary>Most statements kept prepared.</summary>
    private const int StatementsMax = 16;

    private static readonly TimeSpan InterruptEvery = TimeSpan.FromMilliseconds(5);

    private static long _sessions;

    private readonly LinkedList<DuckDbStatement> _recent = new();

    /// <summary>No other session of the process has it.</summary>
    public long Number { get; } = Interlocked.Increment(ref _sessions);

    /// <summary>Executes a statement without result.</summary>
    public void Execute(string text, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        Guarded(command.ExecuteNonQuery, cancellationToken);
    }

    /// <summary>Executes a query once and reads its rows.</summary>
    public T QueryOnce<T>(string text, Func<DuckDBDataReader, T> read, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return Guarded(() =>
        {
            using var reader = command.ExecuteReader();
            return read(reader);
        }, cancellationToken);
    }

    /// <summary>Executes a query that is likely to come again, and reads its rows.</summary>
    public T Query<T>(string text, IReadOnlyList<string> parameters, Func<DuckDbRows, T> read, CancellationToken cancellationToken, bool streaming = false) => Guarded(() =>
    {
        using var rows = Prepared(text).Execute(parameters, streaming);
        return read(rows);
    }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _recent)
        {
            statement.Dispose();
        }

        connection.Dispose();
    }

    /// <summary>
    /// Runs under the token. An interrupt that comes before the engine started is forgotten by it, so it is repeated until the call has ended.
    /// </summary>
    private T Guarded<T>(Func<T> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var gate = new Lock();
        var ended = false;
        void Interrupt()
        {
            lock (gate)
            {
                if (!ended)
                {
                    connection.NativeConnection.Interrupt();
                }
            }
        }

        using var again = new Timer(_ => Interrupt(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.UnsafeRegister(_ => again.Change(TimeSpan.Zero, InterruptEvery), null);
        try
        {
            var result = call();
            cancellationToken.ThrowIfCancellationRequested();
            return result;
        }
        catch (Exception error) when (error is DuckDBException or DuckDbError or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The engine's work was stopped.", error, cancellationToken);
        }
        finally
        {
            // From here on no interrupt is sent, so none reaches the connection's next statement.
            lock (gate)
            {
                ended = true;
            }
        }
    }

    private DuckDbStatement Prepared(string text)
    {
        for (var node = _recent.First; node is not null; node = node.Next)
        {
            if (node.Value.Text == text)
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value;
            }
        }

        if (_recent.Count == StatementsMax)
        {
            _recent.Last!.Value.Dispose();
            _recent.RemoveLast();
        }

        return _recent.AddFirst(new DuckDbStatement(connection.NativeConnection, text)).Value;
    }
}
