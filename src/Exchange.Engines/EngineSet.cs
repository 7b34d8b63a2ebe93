using Exchange.Query.Execution;

namespace Exchange.Engines;

/// <summary>Bounds of one node's engines.</summary>
/// <param name="Threads">Threads of DuckDB, at least 1.</param>
/// <param name="MemoryBytes">Memory limit of DuckDB.</param>
public sealed record EngineLimits(int Threads, long MemoryBytes);

/// <summary>One node's engines over its data folder. Nothing is opened before its first use.</summary>
public sealed class EngineSet(string dataFolder, EngineLimits limits) : IAsyncDisposable
{
    /// <summary>The engine of that name.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>ENGINE_UNKNOWN</c>.</exception>
    public IQueryEngine this[string name] => throw new NotImplementedException($"{name} {dataFolder} {limits}");

    /// <summary>Drops stored parts that no version names: what a crash in the middle of a publish left.</summary>
    public Task DropAllButAsync(IReadOnlyCollection<DatasetSource> referenced, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
