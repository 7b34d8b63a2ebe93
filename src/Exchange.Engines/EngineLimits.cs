namespace Exchange.Engines;

/// <summary>Bounds of one node's engines.</summary>
/// <param name="Threads">Threads of DuckDB, at least 1.</param>
/// <param name="MemoryBytes">Memory limit of DuckDB.</param>
/// <param name="UnitsAtOnceRowsMax">
/// Up to this many rows DuckDB counts distinct units in the one statement there is: planning a second one would cost more than it saves.
/// </param>
public sealed record EngineLimits(int Threads, long MemoryBytes, long UnitsAtOnceRowsMax = 50_000);
