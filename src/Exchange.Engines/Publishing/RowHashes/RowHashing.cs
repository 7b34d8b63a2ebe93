using System.Runtime.ExceptionServices;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>
/// The hashing of a source's rows while they are imported, on a thread of its own that the publication's thread joins; until
/// <see cref="Keep"/> its file is deleted at the end.
/// </summary>
internal sealed class RowHashing : IDisposable
{
    private readonly OpenedSource _opened;
    private readonly RowHashWriter _writer;
    private readonly CancellationTokenSource _stop;
    private readonly Thread? _beside;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins, beside the import where the source can be read twice at once.</summary>
    public RowHashing(RowHashFolder folder, string name, OpenedSource opened, CancellationToken cancellationToken)
    {
        (_opened, _writer) = (opened, folder.Create(name));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (opened.Guard is not null)
        {
            _beside = new Thread(HashBeside) { IsBackground = true, Name = "hashes" };
            _beside.Start();
        }
    }

    /// <summary>Whether what was imported must be looked at row by row: a field was doubted, or other records were found.</summary>
    /// <param name="rows">How many rows the import found.</param>
    public bool Doubts(long rows)
    {
        Join();
        return _opened.Guard is { } guard && (guard.Doubts || guard.Records - 1 != rows);
    }

    /// <summary>Goes on to the end; the file stays.</summary>
    public void Keep()
    {
        if (_beside is null)
        {
            _opened.HashRows(_writer, _stop.Token);
        }

        Join();
        _writer.Keep();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _beside?.Join();
        _writer.Dispose();
        _stop.Dispose();
    }

    private void Join()
    {
        _beside?.Join();
        _failure?.Throw();
    }

    private void HashBeside()
    {
        try
        {
            _opened.HashRows(_writer, _stop.Token);
        }
        catch (Exception error)
        {
            // Whatever it is, it belongs to the thread that joins.
            _failure = ExceptionDispatchInfo.Capture(error);
        }
    }
}
