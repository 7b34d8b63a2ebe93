using Exchange.Engines.DuckDb;
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

    /// <summary>
    /// Drops stored parts that no version names: retired ones, and what a crash in the middle of a publish left. Not to be called while
    /// a publication is under way, whose part no version names yet.
    /// </summary>
    public Task DropAllButAsync(IReadOnlyCollection<DatasetSource> referenced, CancellationToken cancellationToken)
    {
        var parts = referenced.Where(source => !source.Attached).SelectMany(source => source.Parts).ToHashSet(StringComparer.Ordinal);
        return EngineThreads.RunAsync(() =>
        {
            DuckDbParts.DropAllBut(parts);
            SqliteParts.DropAllBut(parts);
            return true;
        }, cancellationToken);
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
