namespace Exchange.Engines;

/// <summary>Bounds of one node's engines.</summary>
/// <param name="Threads">Threads of DuckDB, at least 1.</param>
/// <param name="MemoryBytes">Memory limit of DuckDB.</param>
public sealed record EngineLimits(int Threads, long MemoryBytes);
