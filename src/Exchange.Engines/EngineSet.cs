using Exchange.Engines.DuckDb;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Sqlite;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines;

/// <summary>One node's engines over its data folder. Nothing is opened before its first use.</summary>
public sealed class EngineSet : IAsyncDisposable
{
    private readonly DuckDbEngine _duckDb;

    /// <summary>Names the engines; opens nothing.</summary>
    /// <param name="dataFolder">Folder of the stored parts, made when first needed.</param>
    /// <param name="limits">Bounds of the engines.</param>
    public EngineSet(string dataFolder, EngineLimits limits)
    {
        DataFolder = Path.GetFullPath(dataFolder);
        DuckDbParts = new DuckDbDatabase(Path.Combine(DataFolder, DuckDbEngine.Location), limits);
        _duckDb = new DuckDbEngine(DuckDbParts);
        SqliteParts = new SqliteEngine(Path.Combine(DataFolder, SqliteEngine.Location));
        RowHashes = new RowHashFolder(Path.Combine(DataFolder, "rows"));
    }

    /// <summary>The engine of that name.</summary>
    /// <exception cref="ExchangeException"><c>ENGINE_UNKNOWN</c>.</exception>
    public IQueryEngine this[string name] => Before(name switch
    {
        DuckDbEngine.EngineName => _duckDb,
        SqliteEngine.EngineName => SqliteParts,
        _ => throw Unknown(),
    });

    /// <summary>For tests: what stands before an engine, for instance to hold a query in the middle of its run.</summary>
    internal Func<IQueryEngine, IQueryEngine> Before { get; set; } = engine => engine;

    /// <summary>Where parts are stored.</summary>
    internal string DataFolder { get; }

    internal DuckDbDatabase DuckDbParts { get; }

    internal SqliteEngine SqliteParts { get; }

    internal RowHashFolder RowHashes { get; }

    /// <summary>How many rows two sets of publications share, by the keyed hashes of their whole rows.</summary>
    /// <param name="hashes">Of one, as its versions name them in <see cref="DatasetSource.RowHashes"/>.</param>
    /// <param name="others">Of the other.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <exception cref="ExchangeException"><c>STORAGE_FAILED</c>.</exception>
    public Task<RowOverlap> CompareRowsAsync(IReadOnlyCollection<string> hashes, IReadOnlyCollection<string> others, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(() =>
        {
            try
            {
                var (ours, theirs) = (RowHashes.Read(hashes, cancellationToken), RowHashes.Read(others, cancellationToken));
                return new RowOverlap(ours.ShareWith(theirs), ours.NearShareWith(theirs));
            }
            catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                throw new ExchangeException(Reasons.StorageFailed, "The hashes of the rows of an earlier publication cannot be read.", "Restore the node's data folder from a backup.", error);
            }
        }, cancellationToken);

    /// <summary>Deletes what a publication stored whose version does not come to count. Nothing has read it yet.</summary>
    /// <param name="source">What was published.</param>
    /// <param name="before">The version that it came on top of, or null.</param>
    public void Discard(DatasetSource source, DatasetSource? before)
    {
        foreach (var part in source.Attached ? [] : source.Parts.Except(before?.Parts ?? []))
        {
            File.Delete(source.Engine == DuckDbEngine.EngineName ? DuckDbParts.FileOf(part) : SqliteParts.FileOf(part));
        }

        foreach (var name in (source.RowHashes ?? []).Except(before?.RowHashes ?? []))
        {
            RowHashes.Delete(name);
        }
    }

    /// <summary>
    /// Drops every stored part but those, and every file of hashes but those. Not to be called while a publication is under way, whose part
    /// no version names yet.
    /// </summary>
    public Task DropAllButAsync(IReadOnlySet<string> parts, IReadOnlySet<string> rowHashes, CancellationToken cancellationToken) => EngineThreads.RunAsync(() =>
    {
        Drop(part => !parts.Contains(part));
        RowHashes.DropAllBut(rowHashes);
        return true;
    }, cancellationToken);

    /// <summary>Drops stored parts that nobody reads any more. One that is gone already is no mistake.</summary>
    public Task DropAsync(IReadOnlySet<string> parts, CancellationToken cancellationToken) => EngineThreads.RunAsync(() =>
    {
        Drop(parts.Contains);
        return true;
    }, cancellationToken);

    private void Drop(Predicate<string> unread)
    {
        DuckDbParts.Drop(unread);
        SqliteParts.Drop(unread);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _duckDb.DisposeAsync().ConfigureAwait(false);
        await SqliteParts.DisposeAsync().ConfigureAwait(false);
    }

    internal static ExchangeException Unknown() =>
        Reasons.EngineUnknown.Because("There is no engine of that name.", "Use duckdb or sqlite.");
}
