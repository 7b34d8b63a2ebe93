namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>The hashing of a source's rows while they are imported; until <see cref="Keep"/> its file is deleted at the end.</summary>
internal sealed class RowHashing : IDisposable
{
    private readonly OpenedSource _opened;
    private readonly RowHashWriter _writer;
    private readonly CancellationTokenSource _stop;
    private readonly Task? _work;

    /// <summary>Begins, beside the import where the source can be read twice at once.</summary>
    public RowHashing(RowHashFolder folder, string name, OpenedSource opened, CancellationToken cancellationToken)
    {
        (_opened, _writer) = (opened, folder.Create(name));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _work = opened.Guard is not null ? Task.Run(() => opened.HashRows(_writer, _stop.Token), CancellationToken.None) : null;
    }

    /// <summary>Whether what was imported must be looked at row by row: a field was doubted, or other records were found. Waits for the end as <see cref="Keep"/> does.</summary>
    /// <param name="rows">How many rows the import found.</param>
    public bool Doubts(long rows)
    {
        _work?.GetAwaiter().GetResult();
        return _opened.Guard is { } guard && (guard.Doubts || guard.Records - 1 != rows);
    }

    /// <summary>Waits for the end on the publication's own thread, which works nowhere else meanwhile; the file stays.</summary>
    public void Keep()
    {
        if (_work is null)
        {
            _opened.HashRows(_writer, _stop.Token);
        }

        _work?.GetAwaiter().GetResult();
        _writer.Keep();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        if (_work is not null)
        {
            Task.WaitAny(_work);
        }

        _writer.Dispose();
        _stop.Dispose();
    }
}
